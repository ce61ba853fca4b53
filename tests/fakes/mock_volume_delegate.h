#pragma once

#include <gmock/gmock.h>

#include "common/api/volume_delegate.h"

namespace vbs::fakes {

/// For tests of what stands in front of a VolumeDelegate: each call does what the test says.
class MockVolumeDelegate : public VolumeDelegate {
public:
  MOCK_METHOD(VolumeDelegateDescription, describeDelegate, (const RequestId&, const Commander&), (override));
  MOCK_METHOD(CreateVolumeOutcome, createVolume,
              (const OperationContext&, const VolumeId&, SizeGiB, const std::optional<SnapshotId>&),
              (override));
  MOCK_METHOD(void, deleteVolume, (const OperationContext&, const VolumeId&, SizeGiB), (override));
  MOCK_METHOD(void, createSnapshot, (const OperationContext&, const SnapshotId&, const VolumeId&, SizeGiB),
              (override));
  MOCK_METHOD(void, deleteSnapshot, (const OperationContext&, const SnapshotId&, const VolumeId&, SizeGiB),
              (override));
  MOCK_METHOD(VolumeExport, exportVolume,
              (const OperationContext&, const VolumeId&, const std::optional<TargetIdentity>&,
               const VmmHostname&),
              (override));
  MOCK_METHOD(void, unexportVolume,
              (const OperationContext&, const VolumeId&, const std::optional<TargetIdentity>&,
               const std::optional<VmmHostname>&),
              (override));
  MOCK_METHOD(std::vector<CopyStatus>, describeCopies, (const RequestId&, const std::vector<VolumeId>&),
              (override));
  MOCK_METHOD(VolumeServerInventory, inventory, (const RequestId&), (override));
  MOCK_METHOD(Capacity, capacity, (const RequestId&), (override));
};

}  // namespace vbs::fakes
