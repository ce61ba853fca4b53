#include "vbs_service/reconcile/host_comparison.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace vbs::reconcile {
namespace {

using workflows::CleanHostParameters;

/// The host was seen to have the volume, as far as its stack tells.
bool isSeenAt(const VmHostInventory& host, const VolumeId& id) {
  if (!host.sessions && !host.devices) return false;
  return (!host.sessions || shows(host.sessions, id)) && (!host.devices || shows(host.devices, id));
}

class HostComparison {
public:
  HostComparison(const Evidence& evidence, Findings& findings) : evidence_(evidence), findings_(findings) {}

  void judge(const VmmHostname& host, const VolumeId& id, const Presence& presence) {
    const auto* record = evidence_.attachmentOf(id);
    const bool isAttachedThere = record != nullptr && record->attachment.vmmHostname == host;
    if (!evidence_.isOurs(id) || evidence_.isInMotion(id.str()) || isAttachedThere ||
        evidence_.known().owedCleanings.contains({id, host})) {
      return;
    }
    const bool isDevice = !presence.devices.empty();
    Difference difference{isDevice ? DriftKind::StrayDevice : DriftKind::StraySession, id.str(), host,
                          describe(host, id, presence)};
    if (const auto why = whyToLeave(host, presence, record)) {
      findings_.add({std::move(difference)}, id, LeaveAlone{*why});
      return;
    }
    const CleanHostParameters what = whatToClean(host, id, presence, record);
    const Sighting sighting{.vmmHostname = host,
                            .volumeId = id,
                            .vmId = what.volume.vmId,
                            .vmDevice = what.volume.vmDevice,
                            .targetName = what.foundTarget};
    findings_.addStray(std::move(difference), sighting, Clean{what});
  }

private:
  /// Why what a host has of a volume that is not attached there is not certain to be a stray. `record`: the
  /// volume's attachment elsewhere, if it has one.
  std::optional<std::string> whyToLeave(const VmmHostname& host, const Presence& presence,
                                        const metadata::AttachmentRecord* record) const {
    if (evidence_.doubt()) return evidence_.doubt();
    if (evidence_.hostDoubt()) return evidence_.hostDoubt();
    if (!evidence_.found().volumeServer) return "it stays as long as the Volume Delegate does not answer";
    if (record != nullptr) {
      if (isOneDeviceSeenTwice(presence, record->attachment)) {
        return "it stays, as " + record->attachment.vmmHostname.str() +
               " shows the same device: does list.devices of " + host.str() + " look at the other's VMs?";
      }
      if (evidence_.mayBeOneHost(record->attachment.vmmHostname, host)) {
        return "it stays, as " + host.str() + " may be " + record->attachment.vmmHostname.str() +
               " under another name: not both of their VMM Delegates tell who they are";
      }
      const auto elsewhere = evidence_.found().hosts.find(record->attachment.vmmHostname);
      if (elsewhere == evidence_.found().hosts.end() ||
          !isSeenAt(elsewhere->second, record->attachment.volumeId)) {
        return "it stays, as the volume is not seen where it is attached, at " + placeOf(record->attachment);
      }
      // A session belongs to a machine, and one machine may have two VMM Delegates.
      if (presence.devices.empty()) {
        return "it stays, as the session may be the one that " + placeOf(record->attachment) + " uses: if " +
               host.str() + " and " + record->attachment.vmmHostname.str() +
               " are two machines, disconnect " + host.str() + " from it by hand";
      }
    }
    for (const VmHostInventory::Device& device : presence.devices) {
      if (!device.vmId) {
        return "the host's list.devices does not show which VM has it: take it from the VM by hand";
      }
      if (const auto* claim = claimOn(host, device)) {
        return "it stays, as volume " + claim->volumeId.str() + " is attached to " + placeOf(*claim);
      }
    }
    return std::nullopt;
  }

  /// The host of the attachment shows the very device: the two listings look at the same VM.
  bool isOneDeviceSeenTwice(const Presence& presence, const Attachment& attachment) const {
    const auto elsewhere = evidence_.presences().find(attachment.vmmHostname);
    if (elsewhere == evidence_.presences().end()) return false;
    const auto shown = elsewhere->second.find(attachment.volumeId);
    if (shown == elsewhere->second.end()) return false;
    return std::any_of(
        presence.devices.begin(), presence.devices.end(), [&](const VmHostInventory::Device& device) {
          return std::any_of(shown->second.devices.begin(), shown->second.devices.end(),
                             [&](const VmHostInventory::Device& other) {
                               return device.vmId == other.vmId && device.vmDevice == other.vmDevice;
                             });
        });
  }

  /// An attachment that the device may belong to. It may be of any volume at that place, under any name that
  /// the host may have. Or it is of this volume at that VM and device of any host.
  const Attachment* claimOn(const VmmHostname& host, const VmHostInventory::Device& device) const {
    for (const auto& [id, known] : evidence_.known().volumes) {
      if (!known.attachment) continue;
      const Attachment& attachment = known.attachment->attachment;
      const bool isThatVm = attachment.vmId == device.vmId;
      const bool isThatDevice = !device.vmDevice || attachment.vmDevice == device.vmDevice;
      if (!isThatVm || !isThatDevice) continue;
      if (id == device.volumeId || evidence_.mayBeOneHost(attachment.vmmHostname, host)) return &attachment;
    }
    return nullptr;
  }

  static std::string describe(const VmmHostname& host, const VolumeId& id, const Presence& presence) {
    const std::string what = "volume " + id.str() + " is not attached at " + host.str() + ", but ";
    if (presence.devices.empty()) return what + "that host is connected to it";
    const VmHostInventory::Device& device = presence.devices.front();
    return what + (device.vmId ? "VM " + device.vmId->str() : "a VM") + " has it" +
           (device.vmDevice ? " as " + device.vmDevice->str() : "");
  }

  /// `attached`: the volume's attachment elsewhere, if it has one.
  static CleanHostParameters whatToClean(const VmmHostname& host, const VolumeId& id,
                                         const Presence& presence,
                                         const metadata::AttachmentRecord* attached) {
    CleanHostParameters found{.vmmHostname = host,
                              .volume = {.volumeId = id,
                                         .size = std::nullopt,
                                         .vmId = std::nullopt,
                                         .vmDevice = std::nullopt,
                                         .target = std::nullopt,
                                         .exported = {},
                                         .isInVm = std::nullopt},
                              .wasFound = true,
                              .foundTarget = std::nullopt};
    if (!presence.devices.empty()) {
      found.volume.vmId = presence.devices.front().vmId;
      found.volume.vmDevice = presence.devices.front().vmDevice;
    }
    // With several devices only one is taken from its VM: the host must stay connected for the others, which
    // the next reconciliation finds.
    if (presence.sessions.empty() || presence.devices.size() > 1) return found;
    const VmHostInventory::Session& session = presence.sessions.front();
    found.foundTarget = session.targetName;
    VolumeExport& exported = found.volume.exported;
    exported = {.portal = session.portal, .lun = session.lun};
    if (attached != nullptr) {
      if (!exported.portal) exported.portal = attached->exported.portal;
      if (!exported.lun) exported.lun = attached->exported.lun;
    }
    return found;
  }

  const Evidence& evidence_;
  Findings& findings_;
};

}  // namespace

void compareHost(const VmmHostname& host, const VolumeId& id, const Presence& presence,
                 const Evidence& evidence, Findings& findings) {
  HostComparison(evidence, findings).judge(host, id, presence);
}

}  // namespace vbs::reconcile
