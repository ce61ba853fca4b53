#include "vmm_delegate/attach.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "common/command/expansion.h"
#include "common/model/error.h"
#include "vmm_delegate/host_device.h"
#include "vmm_delegate/take_back.h"

namespace vbs::vmm_delegate {

using command::Action;
using delegate::Call;

namespace {

/// `found`, with what host.connect tells of the session. Where nothing lists the devices of VMs, a host that
/// was not connected had given the volume to none.
PriorFinding withSession(const Call& call, PriorFinding found, Presence session) {
  found.session = session;
  const bool isListed = !call.has(Action::VmAttach) || canListDevices(call);
  if (found.device == Presence::Unknown && !isListed && session == Presence::Absent) {
    found.device = Presence::Absent;
  }
  return found;
}

/// Where the volume appears on the host that was just connected.
std::string awaitDevice(Call& call) {
  std::string device = command::hostDevice(call.file(), call.parameters());
  call.await("host.device", device, isPath(device) ? "waited for" : "used as it is", [&] {
    if (isPath(device)) awaitAppearance(device, call.file().hostDevice()->timeout, call.resource());
  });
  return device;
}

}  // namespace

Attach::Attach(Call& call, const OperationId& operationId, const VmAttachment& attachment,
               PriorFindings& findings)
    : call_(call),
      operationId_(operationId),
      attachment_(attachment),
      findings_(findings),
      isRepair_(!attachment.before),
      before_(findings.refined(operationId, attachment.before.value_or(PriorFinding{}))) {}

VmPlace Attach::run() {
  try {
    return attach();
  } catch (const Error& cause) {
    spdlog::warn("attachVolume of {} failed{}: {} {}", call_.resource(),
                 isRepair_             ? ", which was to repair it; what is there stays"
                 : before_.isNothing() ? " and is undone here"
                                       : "; what was or may have been there before it stays",
                 cause.what(), call_.logContext());
    if (!isRepair_) takeBack(cause);
    throw;
  }
}

VmPlace Attach::attach() {
  std::string device = connect();
  call_.parameters().set("vmmDev", device);
  call_.run(Action::HostCheck);
  mayBeInVm_ = call_.has(Action::VmAttach);
  const bool wasInVm = call_.run(Action::VmAttach).wasAlreadySo;
  // Where the VM has the volume already, it succeeds and says so. That does not count against a list.devices
  // that did not show the volume: a command that was retried finds its own work.
  if (before_.device == Presence::Unknown) {
    learn({before_.session, wasInVm ? Presence::Present : Presence::Absent});
  }
  return {.hostDevice = std::move(device), .isInVm = mayBeInVm_};
}

std::string Attach::connect() {
  const bool wasConnected = call_.run(Action::HostConnect).wasAlreadySo;
  // Without list.sessions only host.connect can tell that the host was connected, by saying so.
  if (before_.session == Presence::Unknown && !call_.has(Action::ListSessions)) {
    learn(withSession(call_, before_, wasConnected ? Presence::Present : Presence::Absent));
  }
  return awaitDevice(call_);
}

void Attach::takeBack(const Error& cause) {
  // This attach did not give it to the VM. So what a VM has of it on that session was there before.
  const bool isOnlySession = !mayBeInVm_ && before_.session == Presence::Present;
  if (isOnlySession && before_.device == Presence::Unknown) learn({before_.session, Presence::Present});
  try {
    vmm_delegate::takeBack(call_, attachment_, before_, mayBeInVm_);
  } catch (const Error& undo) {
    throw cause.withMessage(
        fmt::format("{}; undoing it on this host failed too: {}", cause.what(), undo.what()));
  }
}

void Attach::learn(const PriorFinding& now) {
  if (isRepair_) return;
  before_ = now;
  findings_.remember(operationId_, before_);
}

}  // namespace vbs::vmm_delegate
