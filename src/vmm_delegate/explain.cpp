#include "vmm_delegate/explain.h"

#include <array>
#include <initializer_list>

#include "common/delegate/explanation.h"
#include "vmm_delegate/host_device.h"

namespace vbs::vmm_delegate {

using command::Action;
using delegate::Explanation;

namespace {

/// Shows where the volume appears, which is <vmmDev> from there on.
void explainDevice(const command::CommandFile& file, Explanation& explanation, std::string_view note) {
  const auto device = expectedDevice(file, explanation.parameters());
  explanation.parameters().set("vmmDev", device.value_or("<vmmDev>"));
  if (!device) {
    explanation.finding("host.device", "(known once host.connect has run)");
  } else {
    explanation.finding("host.device", *device, isPath(*device) ? note : "used as it is");
  }
}

/// What the call looks at before it changes anything, where the file can tell.
void explainLook(const command::CommandFile& file, Explanation& explanation,
                 std::initializer_list<Action> listings, std::string_view note) {
  for (const Action listing : listings) {
    if (file.has(listing)) explanation.action(listing, note);
  }
}

void explainAttachVolume(const command::CommandFile& file, Explanation& explanation) {
  explainLook(file, explanation, {Action::ListSessions, Action::ListDevices},
              "what is there stays, come what may");
  explanation.action(Action::HostConnect);
  explainDevice(file, explanation, "waited for");
  explanation.action(Action::HostCheck);
  explanation.action(Action::VmAttach);
}

void explainDisconnect(const command::CommandFile& file, Explanation& explanation) {
  explainLook(file, explanation, {Action::ListDevices}, "no VM may have it");
  explanation.action(Action::HostDisconnect);
  if (file.has(Action::HostDisconnect)) explainDevice(file, explanation, "waited for until it is gone");
}

void explainDetachVolume(const command::CommandFile& file, Explanation& explanation) {
  const auto device = expectedDevice(file, explanation.parameters());
  if (device) explanation.parameters().set("vmmDev", *device);
  explanation.action(Action::VmDetach);
  explainDisconnect(file, explanation);
  if (!file.has(Action::HostDisconnect)) return;
  explanation.when("detachVolume of a volume that no VM has");
  explainDisconnect(file, explanation);
}

void explainInventory(const command::CommandFile& /*file*/, Explanation& explanation) {
  explanation.action(Action::ListSessions).action(Action::ListDevices);
}

/// In the order of CommandVmmDelegate.
constexpr std::array kOperations{
    delegate::ExplainedOperation{"attachVolume", explainAttachVolume},
    delegate::ExplainedOperation{"detachVolume", explainDetachVolume},
    delegate::ExplainedOperation{"inventory", explainInventory},
};

}  // namespace

std::string explainOperation(const command::CommandFile& file, std::string_view operation,
                             const command::Parameters& given) {
  return delegate::explain(kOperations, file, operation, given);
}

}  // namespace vbs::vmm_delegate
