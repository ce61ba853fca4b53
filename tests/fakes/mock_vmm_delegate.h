#pragma once

#include <gmock/gmock.h>

#include "common/api/vmm_delegate.h"

namespace vbs::fakes {

/// For tests of what stands in front of a VmmDelegate: each call does what the test says.
class MockVmmDelegate : public VmmDelegate {
public:
  MOCK_METHOD(VmmDelegateDescription, describeDelegate, (const RequestId&, const Commander&), (override));
  MOCK_METHOD(VmPlace, attachVolume, (const OperationContext&, const VmAttachment&), (override));
  MOCK_METHOD(VmRelease, detachVolume, (const OperationContext&, const VmAttachment&), (override));
  MOCK_METHOD(VmHostInventory, inventory, (const RequestId&), (override));
};

}  // namespace vbs::fakes
