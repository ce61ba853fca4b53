#include "vbs_service/reconcile/attachment_comparison.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace vbs::reconcile {
namespace {

/// A volume that is in a VM of its host is not missing, though the listing may name the VM in another way
/// than the attachment does (Xen lists numbers).
bool isMissingAt(const VmHostInventory& host, const VolumeId& id) {
  return lacks(host.sessions, id) || lacks(host.devices, id);
}

class AttachmentComparison {
public:
  AttachmentComparison(const Evidence& evidence, Findings& findings)
      : evidence_(evidence), findings_(findings) {}

  void judge(const metadata::AttachmentRecord& record) {
    const Attachment& attachment = record.attachment;
    const std::string& id = attachment.volumeId.str();
    const auto host = evidence_.found().hosts.find(attachment.vmmHostname);
    const bool isMissing =
        host != evidence_.found().hosts.end() && isMissingAt(host->second, attachment.volumeId);
    std::vector<Difference> differences;
    if (auto difference = differenceOfTarget(record)) {
      if (servesAnother(record)) {
        findings_.add(
            {std::move(*difference)}, attachment.volumeId,
            LeaveAlone{"its VM may be reading and writing another volume: look at the target on the volume "
                       "server, and detach the volume"});
        return;
      }
      differences.push_back(std::move(*difference));
    }
    if (isMissing) {
      differences.push_back({DriftKind::MissingDevice, id, attachment.vmmHostname,
                             "volume " + id + " is not at " + placeOf(attachment)});
    }
    bool reconnect = false;
    if (host != evidence_.found().hosts.end()) reconnect = judgeSession(attachment, host->second);
    if (differences.empty()) return;
    const auto elsewhere = isMissing ? deviceElsewhere(attachment) : std::nullopt;
    if (elsewhere) {
      findings_.add(
          std::move(differences), attachment.volumeId,
          LeaveAlone{"it is not given to its VM while " + *elsewhere + ": two VMs would write to it"});
    } else if (evidence_.found().volumeServer) {
      findings_.add(std::move(differences), attachment.volumeId,
                    Restore{record, isMissing, isMissing && reconnect});
    } else {
      findings_.add(std::move(differences), attachment.volumeId,
                    LeaveAlone{"it is restored once the Volume Delegate answers"});
    }
  }

private:
  /// A VM of another host that is seen to have the volume.
  std::optional<std::string> deviceElsewhere(const Attachment& attachment) const {
    for (const auto& [host, presences] : evidence_.presences()) {
      const auto presence = presences.find(attachment.volumeId);
      if (host == attachment.vmmHostname || presence == presences.end()) continue;
      if (presence->second.devices.empty()) continue;
      const VmHostInventory::Device& device = presence->second.devices.front();
      return (device.vmId ? "VM " + device.vmId->str() : "a VM") + " on " + host.str() + " has it";
    }
    return std::nullopt;
  }

  /// What is wrong with the target of an attachment, if so.
  std::optional<Difference> differenceOfTarget(const metadata::AttachmentRecord& record) const {
    const auto& volumeServer = evidence_.found().volumeServer;
    if (!volumeServer || !volumeServer->usesTargets || !record.target) return std::nullopt;
    const VolumeServerInventory& inventory = volumeServer->inventory;
    const Attachment& attachment = record.attachment;
    const std::string& id = attachment.volumeId.str();
    const std::string& name = record.target->targetName.str();
    const std::string what = "volume " + id + " is attached to " + placeOf(attachment) + ", but ";
    const auto target = evidence_.targets().find(record.target->targetName);
    if (target == evidence_.targets().end()) {
      if (!inventory.targets.isComplete()) return std::nullopt;
      return Difference{DriftKind::MissingTarget, id, std::nullopt, what + "there is no target " + name};
    }
    const auto broken = [&](const std::string& how) {
      return Difference{DriftKind::BrokenTarget, id, std::nullopt, what + "its target " + name + how};
    };
    if (servesAnother(record)) return broken(" serves " + target->second.volumeId->str());
    if (inventory.showsWhatTargetsServe && inventory.targets.isComplete() && !target->second.volumeId) {
      return broken(" does not serve it");
    }
    if (record.isExportUncertain) return broken(" may be half made");
    return std::nullopt;
  }

  bool servesAnother(const metadata::AttachmentRecord& record) const {
    const auto target = evidence_.targets().find(record.target->targetName);
    return target != evidence_.targets().end() && target->second.volumeId &&
           target->second.volumeId != record.attachment.volumeId;
  }

  /// Tells of a session that does not work. Returns whether making it anew harms nobody: no VM has it.
  bool judgeSession(const Attachment& attachment, const VmHostInventory& host) {
    if (!host.sessions) return false;
    const auto stuck =
        std::find_if(host.sessions->begin(), host.sessions->end(), [&](const VmHostInventory::Session& each) {
          return each.volumeId == attachment.volumeId && each.defect;
        });
    if (stuck == host.sessions->end()) return false;
    Difference difference{DriftKind::StuckSession, attachment.volumeId.str(), attachment.vmmHostname,
                          "the session of " + attachment.vmmHostname.str() + " to volume " +
                              attachment.volumeId.str() + " does not work: " + *stuck->defect};
    if (lacks(host.devices, attachment.volumeId)) {
      findings_.add({std::move(difference)}, attachment.volumeId,
                    LeaveAlone{"it is made anew, as no VM has it"});
      return true;
    }
    findings_.add(
        {std::move(difference)}, attachment.volumeId,
        LeaveAlone{"it stays, as its VM waits for it: see whether the volume server can be reached"});
    return false;
  }

  const Evidence& evidence_;
  Findings& findings_;
};

}  // namespace

void compareAttachment(const metadata::AttachmentRecord& record, const Evidence& evidence,
                       Findings& findings) {
  AttachmentComparison(evidence, findings).judge(record);
}

}  // namespace vbs::reconcile
