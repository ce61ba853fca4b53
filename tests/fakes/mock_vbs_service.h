#pragma once

#include <gmock/gmock.h>

#include "common/api/vbs_service.h"

namespace vbs::fakes {

/// For tests of what stands in front of a VbsService: each call does what the test says.
class MockVbsService : public VbsService {
public:
  MOCK_METHOD(Volume, createVolume, (const RequestContext&, const CreateVolumeRequest&), (override));
  MOCK_METHOD(void, deleteVolume, (const RequestContext&, const VolumeId&), (override));
  MOCK_METHOD(Page<Volume>, describeVolumes, (const RequestContext&, const DescribeRequest<VolumeId>&),
              (override));
  MOCK_METHOD(Snapshot, createSnapshot, (const RequestContext&, const CreateSnapshotRequest&), (override));
  MOCK_METHOD(void, deleteSnapshot, (const RequestContext&, const SnapshotId&), (override));
  MOCK_METHOD(Page<Snapshot>, describeSnapshots, (const RequestContext&, const DescribeRequest<SnapshotId>&),
              (override));
  MOCK_METHOD(Attachment, attachVolume, (const RequestContext&, const AttachVolumeRequest&), (override));
  MOCK_METHOD(Attachment, detachVolume, (const RequestContext&, const DetachVolumeRequest&), (override));
};

}  // namespace vbs::fakes
