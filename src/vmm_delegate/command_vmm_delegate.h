#pragma once

#include <chrono>
#include <string>

#include "common/api/vmm_delegate.h"
#include "common/command/command_runner.h"
#include "common/command/live_command_file.h"
#include "common/delegate/admission.h"
#include "common/delegate/call.h"
#include "common/delegate/commanders.h"
#include "common/delegate/host_actions.h"
#include "common/system/thread_scheduler.h"
#include "vmm_delegate/prior_findings.h"

namespace vbs::vmm_delegate {

struct Settings {
  // What describeDelegate answers.
  std::string version;
  DelegateId identity;
  /// How long a call waits for another call about the same volume.
  std::chrono::milliseconds patience = std::chrono::minutes(1);
};

/// The VMM Delegate as a command adapter: it lets calls in and makes them with the actions of the pattern
/// file. Holds no state but what runs now and what recent attaches have learned. Thread-safe.
class CommandVmmDelegate : public VmmDelegate {
public:
  /// `file` and `runner` must outlive it.
  CommandVmmDelegate(command::LiveCommandFile& file, command::CommandRunner& runner, Settings settings,
                     system::Scheduler& scheduler = system::threadScheduler());

  VmmDelegateDescription describeDelegate(const RequestId& requestId, const Commander& service) override;
  VmPlace attachVolume(const OperationContext& context, const VmAttachment& attachment) override;
  VmRelease detachVolume(const OperationContext& context, const VmAttachment& attachment) override;
  VmHostInventory inventory(const RequestId& requestId) override;

private:
  template <class Context>
  delegate::Call begin(const Context& context, const std::string& resource);

  command::LiveCommandFile& file_;
  delegate::HostActions actions_;
  const Settings settings_;
  delegate::Admission admission_;
  delegate::Commanders commanders_;
  PriorFindings priorFindings_;
};

}  // namespace vbs::vmm_delegate
