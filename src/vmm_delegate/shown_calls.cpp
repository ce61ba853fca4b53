#include "vmm_delegate/shown_calls.h"

#include <array>

#include "vmm_delegate/calls.h"

namespace vbs::vmm_delegate {

using delegate::Call;
using delegate::Examples;

namespace {

const OperationId& operationId() {
  static const OperationId kId("operation-1");
  return kId;
}

/// The volume as it is exported: the host's file may have constants for where and as what.
VmAttachment exportedVolume(const Examples& examples) {
  VmAttachment attachment{.volumeId = VolumeId(examples.value("volumeId")),
                          .targetName = TargetName(examples.value("targetName")),
                          .portal = std::nullopt,
                          .lun = std::nullopt,
                          .vmId = std::nullopt,
                          .vmDevice = std::nullopt,
                          .size = SizeGiB(examples.number("sizeGiB"))};
  if (const auto portal = examples.valueOrConstant("portal")) attachment.portal.emplace(*portal);
  if (examples.valueOrConstant("lun")) attachment.lun.emplace(examples.number("lun"));
  return attachment;
}

VmAttachment attachment(const Examples& examples) {
  VmAttachment attachment = exportedVolume(examples);
  attachment.vmId.emplace(examples.value("vmId"));
  attachment.vmDevice.emplace(parseVmDevice(examples.value("vmDev")));
  return attachment;
}

void inventory(Call& call, const Examples& /*examples*/) {
  calls::inventory(call);
}
void attachVolume(Call& call, const Examples& examples) {
  VmAttachment fresh = attachment(examples);
  fresh.before = PriorFinding{Presence::Absent, Presence::Absent};
  PriorFindings findings;
  calls::attachVolume(call, operationId(), fresh, findings);
}
void detachVolume(Call& call, const Examples& examples) {
  calls::detachVolume(call, operationId(), attachment(examples), PriorFindings());
}
void detachVolumeOfNoVm(Call& call, const Examples& examples) {
  calls::detachVolume(call, operationId(), exportedVolume(examples), PriorFindings());
}

constexpr std::array kShownCalls{
    delegate::ShownCall{"attachVolume", "inventory, before attachVolume: what it shows stays there",
                        inventory},
    delegate::ShownCall{"attachVolume", "attachVolume", attachVolume},
    delegate::ShownCall{"detachVolume", "detachVolume", detachVolume},
    delegate::ShownCall{"detachVolume", "detachVolume of a volume that no VM has", detachVolumeOfNoVm},
    delegate::ShownCall{"inventory", "inventory", inventory},
};

}  // namespace

std::span<const delegate::ShownCall> shownCalls() {
  return kShownCalls;
}

}  // namespace vbs::vmm_delegate
