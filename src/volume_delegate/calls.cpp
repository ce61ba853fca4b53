#include "volume_delegate/calls.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "common/delegate/listing.h"
#include "common/model/error.h"
#include "volume_delegate/volume_server_listing.h"

namespace vbs::volume_delegate::calls {

using command::Action;
using command::Parameters;
using delegate::Call;

namespace {

/// The LUN of a target's one volume where the pattern file has no param.lun. Not 0, which several target
/// stacks keep for their controller.
constexpr int kDefaultLun = 1;

Parameters volumeParameters(const VolumeId& volumeId, SizeGiB size) {
  return Parameters()
      .set("volumeId", volumeId.str())
      .set("sizeGiB", std::to_string(size.count()))
      .set("sizeBytes", std::to_string(size.bytes()));
}

Parameters snapshotParameters(const SnapshotId& snapshotId, const VolumeId& volumeId, SizeGiB size) {
  return volumeParameters(volumeId, size).set("snapshotId", snapshotId.str());
}

Parameters targetParameters(const command::CommandFile& file, const VolumeId& volumeId,
                            const std::optional<TargetIdentity>& target) {
  Parameters parameters;
  parameters.set("volumeId", volumeId.str());
  if (!target) return parameters;
  parameters.set("targetId", std::to_string(target->targetId.number()))
      .set("targetName", target->targetName.str());
  // A LUN that a command tells must not be hidden by ours.
  if (!file.isCaptured("lun")) {
    parameters.set("lun", file.constant("lun").value_or(std::to_string(kDefaultLun)));
  }
  return parameters;
}

/// Cuts a lost host off from the volume, where the stack has a way.
void fence(Call& call, const VmmHostname& lostHost) {
  Call aside = call;  // target.delete knows no host
  aside.parameters().set("vmmHostname", lostHost.str());
  aside.run(Action::Fence);
  if (call.has(Action::Fence)) call.markChanged();
}

/// A value as the commands told it, else as the call gave it, else the file's constant.
std::optional<std::string> valueOf(const Call& call, std::string_view name) {
  const std::string* value = call.parameters().find(name);
  return value == nullptr ? call.file().constant(name) : *value;
}

/// How to see whether something is still there.
template <class Id>
struct Look {
  Action action;
  std::vector<Id> (*idsIn)(const std::vector<delegate::Record>&);
};

/// What was to delete `id` has failed with `error`, a refusal: the same with what that has changed, as far as
/// the listing shows it. A doubt is over once `id` is listed again.
template <class Id>
Error confirmed(Call& call, const Error& error, const Id& id, const Look<Id>& look) {
  const auto doubt = [&](const std::string& why) {
    return error.withMessage(fmt::format("{}; {}", error.what(), why)).withEffect(Effect::Unknown);
  };
  try {
    const std::vector<Id> ids = look.idsIn(call.require(look.action).records);
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) return error;
    return doubt("it is not listed any more, so it may be gone");
  } catch (const Error& unseen) {
    return doubt(fmt::format("whether it is still there is not known: {}", unseen.what()));
  }
}

template <class Id>
void remove(Call& call, Action deletion, const Id& id, const Look<Id>& look) {
  call.checkHas(deletion);
  try {
    call.run(deletion);
  } catch (const Error& error) {
    if (error.effect() != Effect::None || !call.has(look.action)) throw;
    throw confirmed(call, error, id, look);
  }
}

std::vector<delegate::Record> asTheyAre(const std::vector<delegate::Record>& records) {
  return records;
}

/// Whether the listing tells that group of what it lists.
bool shows(const command::CommandFile& file, Action listing, const std::string& group) {
  const auto& commands = file.commands(listing);
  return std::any_of(commands.begin(), commands.end(), [&](const command::CommandPattern& command) {
    if (!command.output) return false;
    const auto& groups = command.output->groups();
    return std::find(groups.begin(), groups.end(), group) != groups.end();
  });
}

Lun parseLun(const std::string& text) {
  int number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return Lun(number);
}

}  // namespace

void createVolume(Call& call, const VolumeId& volumeId, SizeGiB size) {
  call.parameters().add(volumeParameters(volumeId, size));
  call.require(Action::VolumeCreate);
}

CreateVolumeOutcome createVolumeFromSnapshot(Call& call, const VolumeId& volumeId, SizeGiB size,
                                             const SnapshotId& snapshotId,
                                             const std::function<void(Copies::Work)>& inBackground) {
  call.parameters().add(snapshotParameters(snapshotId, volumeId, size));
  if (call.has(Action::VolumeClone)) {
    call.run(Action::VolumeClone);
    return CreateVolumeOutcome::Available;
  }
  call.checkHas(Action::VolumeCopy);  // before there is a volume without its contents
  call.require(Action::VolumeCreate);
  inBackground([call](const std::stop_token& stop, const std::function<void(int)>& onProgress) mutable {
    call.remark("in the background");
    call.run(Action::VolumeCopy, stop, onProgress);
  });
  return CreateVolumeOutcome::Pending;
}

void deleteVolume(Call& call, const VolumeId& volumeId, SizeGiB size) {
  call.parameters().add(volumeParameters(volumeId, size));
  remove(call, Action::VolumeDelete, volumeId, {Action::ListVolumes, volumeIdsIn});
}

void createSnapshot(Call& call, const SnapshotId& snapshotId, const VolumeId& volumeId, SizeGiB size) {
  call.parameters().add(snapshotParameters(snapshotId, volumeId, size));
  call.require(Action::SnapshotCreate);
}

void deleteSnapshot(Call& call, const SnapshotId& snapshotId, const VolumeId& volumeId, SizeGiB size) {
  call.parameters().add(snapshotParameters(snapshotId, volumeId, size));
  remove(call, Action::SnapshotDelete, snapshotId, {Action::ListSnapshots, snapshotIdsIn});
}

VolumeExport exportVolume(Call& call, const VolumeId& volumeId, const std::optional<TargetIdentity>& target,
                          const VmmHostname& vmmHostname) {
  if (call.skips(Action::TargetCreate)) return {};
  if (!target) {
    throw Error(ErrorCode::InvalidParameter,
                "this volume server exports volumes as targets: a target id and a target name are needed",
                volumeId.str());
  }
  call.parameters().add(
      targetParameters(call.file(), volumeId, target).set("vmmHostname", vmmHostname.str()));
  call.run(Action::TargetCreate);
  VolumeExport result;
  if (const auto portal = valueOf(call, "portal")) result.portal.emplace(*portal);
  if (const auto lun = valueOf(call, "lun")) result.lun = parseLun(*lun);
  return result;
}

void unexportVolume(Call& call, const VolumeId& volumeId, const std::optional<TargetIdentity>& target,
                    const std::optional<VmmHostname>& lostHost) {
  call.parameters().add(targetParameters(call.file(), volumeId, target));
  if (lostHost) fence(call, *lostHost);
  // What was exported without a target has none to remove, whatever the pattern file says by now.
  if (!target) return;
  if (call.has(Action::TargetCreate)) call.checkHas(Action::TargetDelete);
  call.run(Action::TargetDelete);
}

VolumeServerInventory inventory(Call& call) {
  VolumeServerInventory inventory;
  inventory.volumes = delegate::listed(call, Action::ListVolumes, volumesIn);
  inventory.snapshots = delegate::listed(call, Action::ListSnapshots, snapshotsIn);
  if (!call.has(Action::TargetCreate)) return inventory;
  const auto records = delegate::listed<delegate::Record>(call, Action::ListTargets, asTheyAre);
  inventory.targets = {targetsIn(records.items), records.state, records.reason};
  inventory.foreignTargetIds = foreignTargetIdsIn(records.items);
  inventory.showsWhatTargetsServe = shows(call.file(), Action::ListTargets, "volumeId");
  return inventory;
}

Capacity capacity(Call& call) {
  return capacityIn(call.require(Action::Capacity).records);
}

}  // namespace vbs::volume_delegate::calls
