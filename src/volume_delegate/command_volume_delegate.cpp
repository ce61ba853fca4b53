#include "volume_delegate/command_volume_delegate.h"

#include <fmt/core.h>

#include <utility>

#include "common/delegate/log_context.h"
#include "common/model/error.h"
#include "volume_delegate/calls.h"

namespace vbs::volume_delegate {

using delegate::Call;

CommandVolumeDelegate::CommandVolumeDelegate(command::LiveCommandFile& file, command::CommandRunner& runner,
                                             VolumeStatusListener* listener, Settings settings,
                                             system::Scheduler& scheduler)
    : file_(file),
      actions_(runner),
      settings_(std::move(settings)),
      admission_(scheduler, settings_.identity, settings_.patience),
      commanders_([&scheduler] { return scheduler.now(); }),
      copies_(scheduler, {.atOnce = settings_.copiesAtOnce}, listener) {}

/// The call as it begins: with the patterns that are in force now.
template <class Context>
Call CommandVolumeDelegate::begin(const Context& context, const std::string& resource) {
  return {actions_, file_.current(), {}, resource, delegate::logContext(context)};
}

VolumeDelegateDescription CommandVolumeDelegate::describeDelegate(const RequestId& /*requestId*/,
                                                                  const Commander& service) {
  return {.version = settings_.version,
          .usesTargets = file_.current()->has(command::Action::TargetCreate),
          .identity = {.id = settings_.identity, .otherCommanders = commanders_.hear(service)}};
}

CreateVolumeOutcome CommandVolumeDelegate::createVolume(const OperationContext& context,
                                                        const VolumeId& volumeId, SizeGiB size,
                                                        const std::optional<SnapshotId>& snapshotId) {
  Call call = begin(context, volumeId.str());
  auto pass = admission_.enter(context, {volumeId.str()});
  return call.carryOut(pass, [&] {
    const auto copy = copies_.find(volumeId);
    if (copy && copy->snapshotId != snapshotId) {
      throw Error(ErrorCode::IncorrectState,
                  fmt::format("{} is a copy of {} already", volumeId.str(), copy->snapshotId.str()),
                  volumeId.str());
    }
    if (!snapshotId) {
      calls::createVolume(call, volumeId, size);
      return CreateVolumeOutcome::Available;
    }
    if (copy && copy->status.state == CopyState::Pending) return CreateVolumeOutcome::Pending;
    // Copying again would undo what was written into the volume since.
    if (copy && copy->status.state == CopyState::Done) return CreateVolumeOutcome::Available;
    const auto inBackground = [&](Copies::Work work) {
      copies_.start(context, volumeId, *snapshotId, std::move(work));
    };
    return calls::createVolumeFromSnapshot(call, volumeId, size, *snapshotId, inBackground);
  });
}

void CommandVolumeDelegate::deleteVolume(const OperationContext& context, const VolumeId& volumeId,
                                         SizeGiB size) {
  Call call = begin(context, volumeId.str());
  auto pass = admission_.enter(context, {volumeId.str()});
  call.carryOut(pass, [&] {
    // That the copy is ended is no part of the effect: a deletion that is refused then leaves a volume in
    // error.
    copies_.end(volumeId, settings_.patience);
    calls::deleteVolume(call, volumeId, size);
  });
}

void CommandVolumeDelegate::createSnapshot(const OperationContext& context, const SnapshotId& snapshotId,
                                           const VolumeId& volumeId, SizeGiB size) {
  Call call = begin(context, snapshotId.str());
  auto pass = admission_.enter(context, {snapshotId.str(), volumeId.str()});
  call.carryOut(pass, [&] { calls::createSnapshot(call, snapshotId, volumeId, size); });
}

void CommandVolumeDelegate::deleteSnapshot(const OperationContext& context, const SnapshotId& snapshotId,
                                           const VolumeId& volumeId, SizeGiB size) {
  Call call = begin(context, snapshotId.str());
  auto pass = admission_.enter(context, {snapshotId.str(), volumeId.str()});
  call.carryOut(pass, [&] {
    if (const auto reader = copies_.readerOf(snapshotId)) {
      throw Error(ErrorCode::IncorrectState,
                  fmt::format("{} is being copied into {}; delete it once that volume is available",
                              snapshotId.str(), reader->str()),
                  snapshotId.str());
    }
    calls::deleteSnapshot(call, snapshotId, volumeId, size);
  });
}

VolumeExport CommandVolumeDelegate::exportVolume(const OperationContext& context, const VolumeId& volumeId,
                                                 const std::optional<TargetIdentity>& target,
                                                 const VmmHostname& vmmHostname) {
  Call call = begin(context, volumeId.str());
  auto pass = admission_.enter(context, {volumeId.str()});
  return call.carryOut(pass, [&] { return calls::exportVolume(call, volumeId, target, vmmHostname); });
}

void CommandVolumeDelegate::unexportVolume(const OperationContext& context, const VolumeId& volumeId,
                                           const std::optional<TargetIdentity>& target,
                                           const std::optional<VmmHostname>& lostHost) {
  Call call = begin(context, volumeId.str());
  auto pass = admission_.enter(context, {volumeId.str()});
  call.carryOut(pass, [&] { calls::unexportVolume(call, volumeId, target, lostHost); });
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
  Call call = begin(requestId, {});
  return calls::inventory(call);
}

Capacity CommandVolumeDelegate::capacity(const RequestId& requestId) {
  Call call = begin(requestId, {});
  return calls::capacity(call);
}

void CommandVolumeDelegate::requestStop() {
  copies_.requestStop();
}

void CommandVolumeDelegate::stop() {
  copies_.stop();
}

}  // namespace vbs::volume_delegate
