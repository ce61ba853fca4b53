#pragma once

#include <gmock/gmock.h>

#include "common/api/vmm_delegate.h"

namespace vbs::fakes {

/// For tests of what stands in front of a VmmDelegate: each call does what the test says.
class MockVmmDelegate : public VmmDelegate {
public:
  MOCK_METHOD(std::string, attachVolume, (const OperationContext&, const VmAttachment&), (override));
  MOCK_METHOD(void, detachVolume, (const OperationContext&, const VmAttachment&), (override));
  MOCK_METHOD(VmHostInventory, inventory, (const RequestId&), (override));
};

}  // namespace vbs::fakes
