#include "volume_delegate/command_volume_delegate.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <stop_token>
#include <utility>

#include "common/delegate/log_context.h"
#include "common/model/error.h"
#include "volume_delegate/volume_server_listing.h"

namespace vbs::volume_delegate {

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
                            const TargetIdentity& target) {
  Parameters parameters;
  parameters.set("volumeId", volumeId.str())
      .set("targetId", std::to_string(target.targetId.number()))
      .set("targetName", target.targetName.str());
  // A LUN that a command tells must not be hidden by ours.
  if (!file.isCaptured("lun")) {
    parameters.set("lun", file.constant("lun").value_or(std::to_string(kDefaultLun)));
  }
  return parameters;
}

/// Cuts a lost host off from the volume, where the stack has a way.
void fence(Call call, const VmmHostname& lostHost) {
  call.parameters().set("vmmHostname", lostHost.str());
  call.run(Action::Fence);
}

/// A value as the commands told it, else as the call gave it, else the file's constant.
std::optional<std::string> valueOf(const Call& call, std::string_view name) {
  const std::string* value = call.parameters().find(name);
  return value == nullptr ? call.file().constant(name) : *value;
}

/// How to see whether something is still there.
template <class Id>
struct Listing {
  Action action;
  std::vector<Id> (*idsIn)(const std::vector<delegate::Record>&);
};

/// What was to delete `id` has failed with `error`, a refusal: the same with what that has changed, as far as
/// the listing shows it. A doubt is over once `id` is listed again.
template <class Id>
Error confirmed(Call& call, const Error& error, const Id& id, const Listing<Id>& listing) {
  const auto doubt = [&](const std::string& why) {
    return error.withMessage(fmt::format("{}; {}", error.what(), why)).withEffect(Effect::Unknown);
  };
  try {
    const std::vector<Id> ids = listing.idsIn(call.require(listing.action).records);
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) return error;
    return doubt("it is not listed any more, so it may be gone");
  } catch (const Error& unseen) {
    return doubt(fmt::format("whether it is still there is not known: {}", unseen.what()));
  }
}

/// Runs a deletion. Where its command complained although nothing is left to delete, that is no refusal that
/// left everything as it was.
template <class Id>
void remove(Call& call, Action deletion, const Id& id, const Listing<Id>& listing) {
  call.checkHas(deletion);
  try {
    call.run(deletion);
  } catch (const Error& error) {
    if (error.effect() != Effect::None || !call.has(listing.action)) throw;
    throw confirmed(call, error, id, listing);
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

CommandVolumeDelegate::CommandVolumeDelegate(command::LiveCommandFile& file, command::CommandRunner& runner,
                                             VolumeStatusListener* listener, Settings settings)
    : file_(file),
      runner_(runner),
      settings_(std::move(settings)),
      admission_(settings_.identity, settings_.patience),
      copies_({.atOnce = settings_.copiesAtOnce}, listener) {}

/// The call as it begins: with the patterns that are in force now.
template <class Context>
Call CommandVolumeDelegate::begin(const Context& context, Parameters parameters,
                                  const std::string& resource) {
  return {runner_, file_.current(), std::move(parameters), resource, delegate::logContext(context)};
}

VolumeDelegateDescription CommandVolumeDelegate::describeDelegate(const RequestId& /*requestId*/,
                                                                  const Commander& service) {
  return {.version = settings_.version,
          .usesTargets = file_.current()->has(Action::TargetCreate),
          .identity = {.id = settings_.identity, .otherCommanders = commanders_.hear(service)}};
}

CreateVolumeOutcome CommandVolumeDelegate::createVolume(const OperationContext& context,
                                                        const VolumeId& volumeId, SizeGiB size,
                                                        const std::optional<SnapshotId>& snapshotId) {
  Call call = begin(context, volumeParameters(volumeId, size), volumeId.str());
  auto pass = admission_.enter(context, {volumeId.str()});
  return call.carryOut(pass, [&] {
    const auto copy = copies_.find(volumeId);
    if (copy && copy->snapshotId != snapshotId) {
      throw Error(ErrorCode::IncorrectState,
                  fmt::format("{} is a copy of {} already", volumeId.str(), copy->snapshotId.str()),
                  volumeId.str());
    }
    if (!snapshotId) {
      call.require(Action::VolumeCreate);
      return CreateVolumeOutcome::Available;
    }
    if (copy && copy->status.state == CopyState::Pending) return CreateVolumeOutcome::Pending;
    // Copying again would undo what was written into the volume since.
    if (copy && copy->status.state == CopyState::Done) return CreateVolumeOutcome::Available;
    call.parameters().set("snapshotId", snapshotId->str());
    return createFromSnapshot(context, call, volumeId, *snapshotId);
  });
}

CreateVolumeOutcome CommandVolumeDelegate::createFromSnapshot(const OperationContext& context, Call& call,
                                                              const VolumeId& volumeId,
                                                              const SnapshotId& snapshotId) {
  if (call.has(Action::VolumeClone)) {
    call.run(Action::VolumeClone);
    return CreateVolumeOutcome::Available;
  }
  call.checkHas(Action::VolumeCopy);  // before there is a volume without its contents
  call.require(Action::VolumeCreate);
  copies_.start(context, volumeId, snapshotId,
                [call](const std::stop_token& stop, const std::function<void(int)>& onProgress) mutable {
                  call.run(Action::VolumeCopy, stop, onProgress);
                });
  return CreateVolumeOutcome::Pending;
}

void CommandVolumeDelegate::deleteVolume(const OperationContext& context, const VolumeId& volumeId,
                                         SizeGiB size) {
  Call call = begin(context, volumeParameters(volumeId, size), volumeId.str());
  auto pass = admission_.enter(context, {volumeId.str()});
  call.carryOut(pass, [&] {
    // That the copy is ended is no part of the effect: a deletion that is refused then leaves a volume in
    // error.
    copies_.end(volumeId, settings_.patience);
    remove(call, Action::VolumeDelete, volumeId, {Action::ListVolumes, volumeIdsIn});
  });
}

void CommandVolumeDelegate::createSnapshot(const OperationContext& context, const SnapshotId& snapshotId,
                                           const VolumeId& volumeId, SizeGiB size) {
  Call call = begin(context, snapshotParameters(snapshotId, volumeId, size), snapshotId.str());
  auto pass = admission_.enter(context, {snapshotId.str(), volumeId.str()});
  call.carryOut(pass, [&] { call.require(Action::SnapshotCreate); });
}

void CommandVolumeDelegate::deleteSnapshot(const OperationContext& context, const SnapshotId& snapshotId,
                                           const VolumeId& volumeId, SizeGiB size) {
  Call call = begin(context, snapshotParameters(snapshotId, volumeId, size), snapshotId.str());
  auto pass = admission_.enter(context, {snapshotId.str(), volumeId.str()});
  call.carryOut(pass, [&] {
    if (const auto reader = copies_.readerOf(snapshotId)) {
      throw Error(ErrorCode::IncorrectState,
                  fmt::format("{} is being copied into {}; delete it once that volume is available",
                              snapshotId.str(), reader->str()),
                  snapshotId.str());
    }
    remove(call, Action::SnapshotDelete, snapshotId, {Action::ListSnapshots, snapshotIdsIn});
  });
}

VolumeExport CommandVolumeDelegate::exportVolume(const OperationContext& context, const VolumeId& volumeId,
                                                 const std::optional<TargetIdentity>& target,
                                                 const VmmHostname& vmmHostname) {
  Call call = begin(context, {}, volumeId.str());
  auto pass = admission_.enter(context, {volumeId.str()});
  return call.carryOut(pass, [&]() -> VolumeExport {
    if (!call.has(Action::TargetCreate)) return {};
    if (!target) {
      throw Error(ErrorCode::InvalidParameter,
                  "this volume server exports volumes as targets: a target id and a target name are needed",
                  volumeId.str());
    }
    call.parameters() = targetParameters(call.file(), volumeId, *target);
    call.parameters().set("vmmHostname", vmmHostname.str());
    call.run(Action::TargetCreate);
    VolumeExport result;
    if (const auto portal = valueOf(call, "portal")) result.portal.emplace(*portal);
    if (const auto lun = valueOf(call, "lun")) result.lun = parseLun(*lun);
    return result;
  });
}

void CommandVolumeDelegate::unexportVolume(const OperationContext& context, const VolumeId& volumeId,
                                           const std::optional<TargetIdentity>& target,
                                           const std::optional<VmmHostname>& lostHost) {
  Call call = begin(context, Parameters().set("volumeId", volumeId.str()), volumeId.str());
  auto pass = admission_.enter(context, {volumeId.str()});
  call.carryOut(pass, [&] {
    if (target) call.parameters() = targetParameters(call.file(), volumeId, *target);
    if (lostHost && call.has(Action::Fence)) {
      fence(call, *lostHost);
      call.markChanged();
    }
    // What was exported without a target has none to remove, whatever the pattern file says by now.
    if (target && (call.has(Action::TargetCreate) || call.has(Action::TargetDelete))) {
      call.require(Action::TargetDelete);
    }
  });
}

std::vector<CopyStatus> CommandVolumeDelegate::describeCopies(const RequestId& /*requestId*/,
                                                              const std::vector<VolumeId>& volumeIds) {
  if (volumeIds.empty()) return copies_.all();
  std::vector<CopyStatus> statuses;
  statuses.reserve(volumeIds.size());
  for (const VolumeId& volumeId : volumeIds) {
    const auto known = copies_.find(volumeId);
    statuses.push_back(known ? known->status
                             : CopyStatus{volumeId, CopyState::Unknown, std::nullopt, std::nullopt});
  }
  return statuses;
}

VolumeServerInventory CommandVolumeDelegate::inventory(const RequestId& requestId) {
  Call call = begin(requestId, {}, {});
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

Capacity CommandVolumeDelegate::capacity(const RequestId& requestId) {
  return capacityIn(begin(requestId, {}, {}).require(Action::Capacity).records);
}

void CommandVolumeDelegate::requestStop() {
  copies_.requestStop();
}

void CommandVolumeDelegate::stop() {
  copies_.stop();
}

}  // namespace vbs::volume_delegate
