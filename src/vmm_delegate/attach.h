#pragma once

#include "common/api/vmm_delegate.h"
#include "common/delegate/call.h"
#include "common/model/ids.h"
#include "vmm_delegate/prior_findings.h"

namespace vbs::vmm_delegate {

/// One attachVolume: host.connect, the wait for the device, host.check, vm.attach. When one of them fails,
/// what this attach has made is taken back, and what was or may have been there before it stays. Not
/// thread-safe.
class Attach {
public:
  /// All must outlive it. An attachment without a finding of what was there before is a repair: its VM runs,
  /// and nothing is taken back.
  Attach(delegate::Call& call, const OperationId& operationId, const VmAttachment& attachment,
         PriorFindings& findings);

  /// Throws the Error of the action that failed; its message says when taking back failed too.
  VmPlace run();

private:
  VmPlace attach();
  std::string connect();
  void takeBack(const Error& cause);
  void learn(const PriorFinding& now);

  delegate::Call& call_;
  const OperationId& operationId_;
  const VmAttachment& attachment_;
  PriorFindings& findings_;
  const bool isRepair_;
  PriorFinding before_;
  bool mayBeInVm_ = false;
};

}  // namespace vbs::vmm_delegate
