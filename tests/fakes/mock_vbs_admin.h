#pragma once

#include <gmock/gmock.h>

#include "common/api/vbs_admin.h"

namespace vbs::fakes {

/// For tests of what stands in front of a VbsAdmin: each call does what the test says.
class MockVbsAdmin : public VbsAdmin {
public:
  MOCK_METHOD(std::vector<OpenOperation>, describeOperations, (const RequestContext&), (override));
  MOCK_METHOD(ReconcileReport, reconcile, (const RequestContext&, const ReconcileRequest&), (override));
  MOCK_METHOD(Backup, backup, (const RequestContext&, const std::string&), (override));
  MOCK_METHOD(Volume, adoptVolume, (const RequestContext&, const VolumeId&, const std::string&), (override));
  MOCK_METHOD(Snapshot, adoptSnapshot, (const RequestContext&, const SnapshotId&, const std::string&),
              (override));
  MOCK_METHOD(CapacityReport, describeCapacity, (const RequestContext&), (override));
};

}  // namespace vbs::fakes
