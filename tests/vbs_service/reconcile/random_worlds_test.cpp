#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <random>
#include <sstream>

#include "vbs_service/metadata/metadata_writer.h"
#include "vbs_service/reconcile/comparison.h"

namespace vbs::reconcile {
namespace {

// Random metadata, random worlds, random listings of them: honest ones, cut ones, empty ones, and such that
// claim to be complete and are not. Whatever a listing says, nothing is taken from a VM but what is certain
// to be a stray.

using Session = VmHostInventory::Session;
using Device = VmHostInventory::Device;

constexpr int kWorlds = 40'000;  // VBS_RANDOM_WORLDS says how many instead, VBS_RANDOM_SEED where to begin

const std::array kVolumes{VolumeId("vol-0000000a"), VolumeId("vol-0000000b"), VolumeId("vol-0000000c"),
                          VolumeId("vol-0000000d")};
const std::array kHosts{VmmHostname("node1"), VmmHostname("node2"), VmmHostname("alias1")};
const std::array kMachines{DelegateId("machine-1"), DelegateId("machine-2"), DelegateId("machine-1")};
const std::array kVms{VmId("vm1"), VmId("vm2")};
const std::array kDevices{VmDevice("xvdb"), VmDevice("xvdc")};

TargetName targetOf(const VolumeId& id) {
  return TargetName("iqn.2009-09.org.example:" + id.str());
}

unsigned long settingOr(const char* name, unsigned long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

class RandomWorld {
public:
  explicit RandomWorld(unsigned long seed) : random_(seed) {
    knowsIdentities_ = chance(70);
    makeMetadata();
    makeWorld();
    list();
    if (chance(70)) sightAll();
  }

  const KnownState& known() const { return known_; }
  const Inventories& found() const { return found_; }

  /// Two names may lead to one machine; which is so is known here and, as a rule, to the service.
  static bool isOneMachine(const VmmHostname& one, const VmmHostname& other) {
    return machineOf(one) == machineOf(other);
  }

private:
  /// What a machine has of a volume.
  struct Held {
    VolumeId volume;
    bool hasSession;
    std::optional<std::pair<VmId, VmDevice>> place;
  };

  static const DelegateId& machineOf(const VmmHostname& host) {
    for (std::size_t i = 0; i < kHosts.size(); ++i) {
      if (kHosts.at(i) == host) return kMachines.at(i);
    }
    return kMachines.front();
  }

  bool chance(int percent) { return std::uniform_int_distribution<int>(1, 100)(random_) <= percent; }
  template <class Values>
  const auto& pick(const Values& values) {
    return values.at(std::uniform_int_distribution<std::size_t>(0, values.size() - 1)(random_));
  }

  void makeMetadata() {
    for (const VmmHostname& host : kHosts) {
      if (!chance(75)) continue;
      known_.hosts.insert(host);
      // A second name of a machine that has told who it is is refused, and has no identity.
      const bool isFirst = host != kHosts.back() || !known_.hostIdentities.contains(kHosts.front());
      if (knowsIdentities_ && isFirst) known_.hostIdentities.emplace(host, machineOf(host));
    }
    for (const VolumeId& id : kVolumes) {
      if (chance(15)) {
        if (chance(50)) known_.givenVolumes[id] = {.size = SizeGiB(1)};
        continue;
      }
      KnownVolume known{.volume = {.volumeId = id,
                                   .size = SizeGiB(1),
                                   .comment = "",
                                   .snapshotId = std::nullopt,
                                   .status = VolumeStatus::Available,
                                   .statusReason = std::nullopt,
                                   .progressPercent = std::nullopt,
                                   .createTime = Time{},
                                   .attachment = std::nullopt},
                        .attachment = std::nullopt};
      if (chance(60)) attach(known);
      known_.volumes.emplace(id, std::move(known));
      if (chance(10)) known_.inMotion.insert(id.str());
      if (chance(10)) known_.owedCleanings.emplace(id, pick(kHosts));
    }
  }

  void attach(KnownVolume& known) {
    const VmmHostname& host = pick(kHosts);
    const VmId& vm = pick(kVms);
    const VmDevice& device = pick(kDevices);
    for (const auto& [id, other] : known_.volumes) {
      if (!other.attachment) continue;
      const Attachment& taken = other.attachment->attachment;
      if (taken.vmmHostname == host && taken.vmId == vm && taken.vmDevice == device) return;
    }
    known_.hosts.insert(host);
    known.volume.status = VolumeStatus::InUse;
    known.attachment =
        metadata::AttachmentRecord{.id = AttachmentId("att-" + known.volume.volumeId.str().substr(4)),
                                   .attachment = {.volumeId = known.volume.volumeId,
                                                  .vmmHostname = host,
                                                  .vmId = vm,
                                                  .vmDevice = device,
                                                  .hostDevice = "/dev/sdb",
                                                  .status = AttachmentStatus::Attached,
                                                  .attachTime = Time{}},
                                   .target = TargetIdentity{TargetId(1), targetOf(known.volume.volumeId)},
                                   .exported = {},
                                   .isInVm = true,
                                   .isExportUncertain = chance(10)};
  }

  void makeWorld() {
    for (const auto& [id, known] : known_.volumes) {
      if (known.attachment && chance(85)) {
        const Attachment& attachment = known.attachment->attachment;
        world_[machineOf(attachment.vmmHostname)].push_back(
            {id, !chance(10), std::pair{attachment.vmId, attachment.vmDevice}});
      }
    }
    for (const VolumeId& id : kVolumes) {
      if (!chance(25)) continue;
      Held stray{id, chance(80), std::nullopt};
      if (chance(60)) stray.place = std::pair{pick(kVms), pick(kDevices)};
      world_[pick(kMachines)].push_back(std::move(stray));
    }
  }

  void list() {
    if (chance(92)) {
      VolumeServerInventory inventory;
      for (const VolumeId& id : kVolumes) {
        if (chance(90)) inventory.volumes.items.push_back({id});
        if (chance(60)) {
          inventory.targets.items.push_back(
              {TargetId(1), targetOf(id), chance(80) ? std::optional(id) : std::nullopt});
        }
      }
      inventory.showsWhatTargetsServe = chance(50);
      garble(inventory.volumes);
      garble(inventory.snapshots);
      garble(inventory.targets);
      found_.volumeServer = VolumeServerView{.inventory = std::move(inventory), .usesTargets = chance(95)};
    }
    for (const VmmHostname& host : known_.hosts) {
      const bool isRefused = knowsIdentities_ && !known_.hostIdentities.contains(host);
      if (isRefused || chance(7)) continue;
      found_.hosts.emplace(host, inventoryOf(host));
    }
    if (chance(4)) found_.otherCommanders["a part"] = {"another service"};
  }

  VmHostInventory inventoryOf(const VmmHostname& host) {
    Listing<Session> sessions;
    Listing<Device> devices;
    for (const Held& held : world_[machineOf(host)]) {
      if (held.hasSession) {
        Session session{targetOf(held.volume), held.volume};
        if (chance(10)) session.defect = "FAILED";
        sessions.items.push_back(std::move(session));
      }
      if (!held.place) continue;
      devices.items.push_back({held.volume, chance(95) ? std::optional(held.place->first) : std::nullopt,
                               chance(95) ? std::optional(held.place->second) : std::nullopt, "/dev/sdb"});
    }
    garble(sessions);
    garble(devices);
    VmHostInventory inventory;
    if (chance(95)) inventory.sessions = std::move(sessions);
    if (chance(95)) inventory.devices = std::move(devices);
    return inventory;
  }

  /// Cut, empty, unknown; or wrong, without a word about it.
  template <class Item>
  void garble(Listing<Item>& listing) {
    if (chance(85)) return;
    if (chance(50) && !listing.items.empty()) listing.items.pop_back();
    if (chance(40)) listing.items.clear();
    if (chance(35)) return;
    listing.state = chance(50) ? ListingState::Partial : ListingState::Unknown;
    listing.reason = "garbled";
    if (listing.state == ListingState::Unknown) listing.items.clear();
  }

  void sightAll() {
    for (const Finding& finding : compare(known_, found_)) {
      if (finding.sighting && chance(90)) known_.sightedBefore.insert(*finding.sighting);
    }
  }

  std::mt19937_64 random_;
  bool knowsIdentities_ = true;
  std::map<DelegateId, std::vector<Held>> world_;
  KnownState known_;
  Inventories found_;
};

/// What is wrong with taking away what a finding wants to; empty when nothing is.
class Judge {
public:
  explicit Judge(const RandomWorld& world) : known_(world.known()), found_(world.found()) {}

  std::string objectionTo(const Finding& finding) {
    if (const auto* clean = std::get_if<Clean>(&finding.remedy)) return toCleaning(*clean, finding);
    if (std::holds_alternative<RemoveTarget>(finding.remedy)) return toRemovingTheTarget(finding);
    if (const auto* restore = std::get_if<Restore>(&finding.remedy)) return toRestoring(*restore);
    if (std::holds_alternative<RemoveVolume>(finding.remedy)) return toRemovingTheVolume(finding);
    return "";
  }

private:
  bool everybodyAnsweredInFull() const {
    for (const VmmHostname& host : known_.hosts) {
      const auto found = found_.hosts.find(host);
      if (found == found_.hosts.end() || !isComplete(found->second)) return false;
    }
    return found_.volumeServer && isComplete(found_.volumeServer->inventory) &&
           found_.otherCommanders.empty();
  }
  bool wasSeenBefore(const Finding& finding) const {
    return finding.sighting && known_.sightedBefore.contains(*finding.sighting);
  }
  const Attachment* attachmentOf(const VolumeId& id) const {
    const auto known = known_.volumes.find(id);
    if (known == known_.volumes.end() || !known->second.attachment) return nullptr;
    return &known->second.attachment->attachment;
  }
  bool isListedAnywhere(const VolumeId& id) const {
    for (const auto& [host, inventory] : found_.hosts) {
      if (isListedAt(host, id)) return true;
    }
    return false;
  }
  bool isListedAt(const VmmHostname& host, const VolumeId& id) const {
    const auto found = found_.hosts.find(host);
    if (found == found_.hosts.end()) return false;
    bool isListed = false;
    if (found->second.sessions) {
      for (const Session& session : *found->second.sessions) isListed = isListed || session.volumeId == id;
    }
    if (found->second.devices) {
      for (const Device& device : *found->second.devices) isListed = isListed || device.volumeId == id;
    }
    return isListed;
  }

  std::string toCleaning(const Clean& clean, const Finding& finding) const {
    const workflows::AttachedVolume& what = clean.found.volume;
    const VmmHostname& host = clean.found.vmmHostname;
    if (!known_.volumes.contains(what.volumeId) && !known_.givenVolumes.contains(what.volumeId)) {
      return "the volume is not ours";
    }
    if (known_.inMotion.contains(what.volumeId.str())) return "an operation owns the volume";
    if (!everybodyAnsweredInFull()) return "not everybody answered in full";
    if (!wasSeenBefore(finding)) return "it was seen once only";
    if (const Attachment* attachment = attachmentOf(what.volumeId)) {
      if (RandomWorld::isOneMachine(attachment->vmmHostname, host)) return "the volume is attached there";
      if (!isListedAt(attachment->vmmHostname, what.volumeId)) return "its attachment was not seen to hold";
      if (what.vmId && what.vmId == attachment->vmId && what.vmDevice == attachment->vmDevice) {
        return "it is attached at that VM and device";
      }
    }
    if (!what.vmId) return deviceOf(host, what.volumeId);
    for (const auto& [id, known] : known_.volumes) {
      if (!known.attachment) continue;
      const Attachment& attachment = known.attachment->attachment;
      const bool isThatPlace = attachment.vmId == what.vmId && attachment.vmDevice == what.vmDevice;
      if (isThatPlace && RandomWorld::isOneMachine(attachment.vmmHostname, host)) {
        return "an attachment names that VM and device";
      }
    }
    return "";
  }
  /// A session is ended only when no VM of the host is seen to have the volume.
  std::string deviceOf(const VmmHostname& host, const VolumeId& id) const {
    const auto& devices = found_.hosts.at(host).devices;
    if (!devices) return "";
    for (const Device& device : *devices) {
      if (device.volumeId == id) return "a VM has the volume whose session is ended";
    }
    return "";
  }

  std::string toRemovingTheTarget(const Finding& finding) const {
    const VolumeId& id = finding.volumeId.value();
    if (attachmentOf(id) != nullptr) return "the volume is attached";
    if (known_.inMotion.contains(id.str())) return "an operation owns the volume";
    if (isListedAnywhere(id)) return "a host has the volume";
    if (!everybodyAnsweredInFull()) return "not everybody answered in full";
    return wasSeenBefore(finding) ? "" : "it was seen once only";
  }

  std::string toRemovingTheVolume(const Finding& finding) const {
    const VolumeId& id = finding.volumeId.value();
    if (known_.volumes.contains(id) || !known_.givenVolumes.contains(id)) return "it is no orphan of ours";
    if (isListedAnywhere(id)) return "a host has the volume";
    return everybodyAnsweredInFull() ? "" : "not everybody answered in full";
  }

  bool isInAVmElsewhere(const Attachment& attachment) const {
    for (const auto& [host, inventory] : found_.hosts) {
      if (host == attachment.vmmHostname || !inventory.devices) continue;
      for (const Device& device : *inventory.devices) {
        if (device.volumeId == attachment.volumeId) return true;
      }
    }
    return false;
  }

  std::string toRestoring(const Restore& restore) const {
    const Attachment& attachment = restore.lost.attachment;
    if (attachmentOf(attachment.volumeId) == nullptr) return "the volume is not attached";
    if (restore.atHost && isInAVmElsewhere(attachment)) return "a VM of another host has the volume";
    if (!restore.reconnect) return "";
    const auto& host = found_.hosts.at(attachment.vmmHostname);
    if (!host.devices || !host.devices->isComplete()) return "whether a VM has it cannot be told";
    for (const Device& device : *host.devices) {
      if (device.volumeId == attachment.volumeId) return "a VM has the volume whose session is made anew";
    }
    return "";
  }

  const KnownState& known_;
  const Inventories& found_;
};

TEST(RandomWorlds, LoseNothingThatIsNotCertainToBeAStray) {
  const unsigned long seed = settingOr("VBS_RANDOM_SEED", 1);
  const unsigned long worlds = settingOr("VBS_RANDOM_WORLDS", kWorlds);
  std::map<std::size_t, unsigned long> remedies;
  unsigned long cleanings = 0;
  for (unsigned long i = seed; i < seed + worlds; ++i) {
    const RandomWorld world(i);
    Judge judge(world);
    for (const Finding& finding : compare(world.known(), world.found())) {
      ++remedies[finding.remedy.index()];
      if (std::holds_alternative<Clean>(finding.remedy)) ++cleanings;
      const std::string objection = judge.objectionTo(finding);
      ASSERT_EQ(objection, "") << "world " << i << ": " << finding.differences.front().description;
    }
  }
  // A test that never sees a remedy proves nothing of it.
  EXPECT_GT(cleanings, worlds / 1000);
  EXPECT_GT(remedies[Remedy(RemoveTarget{{TargetId(1), targetOf(kVolumes.front())}}).index()], worlds / 1000);
  EXPECT_GT(remedies[Remedy(LeaveAlone{}).index()], worlds / 10);
}

}  // namespace
}  // namespace vbs::reconcile
