#include "common/soap/volume_delegate/client.h"

#include "common/soap/remote.h"
#include "common/soap/volume_delegate/wire.h"

namespace vbs::soap {
namespace {

constexpr auto itemFromWire = [](const auto& item) { return fromWire(item); };

template <class Request>
void fillTarget(struct soap* gsoap, Request& out, const std::optional<TargetIdentity>& target) {
  if (!target) return;
  out.targetId = toWire(gsoap, std::optional(target->targetId.number()));
  out.targetName = toWire(gsoap, std::optional(target->targetName));
}

VolumeServerInventory inventoryIn(const _vd__inventoryResponse& in) {
  VolumeServerInventory inventory;
  inventory.volumes =
      listingFromWire<VolumeServerInventory::Volume>(*in.volumes, in.volumes->volume, itemFromWire);
  inventory.snapshots =
      listingFromWire<VolumeServerInventory::Snapshot>(*in.snapshots, in.snapshots->snapshot, itemFromWire);
  inventory.targets =
      listingFromWire<VolumeServerInventory::Target>(*in.targets, in.targets->target, itemFromWire);
  inventory.showsWhatTargetsServe = in.showsWhatTargetsServe;
  for (const int id : in.foreignTargetId) inventory.foreignTargetIds.emplace_back(id);
  return inventory;
}

std::vector<CopyStatus> copiesIn(const vd__CopyList& in) {
  std::vector<CopyStatus> copies;
  for (const vd__Copy* copy : in.copy) copies.push_back(fromWire(*copy));
  return copies;
}

VolumeExport exportIn(const _vd__exportVolumeResponse& in) {
  return {
      .portal = nameFromWire<Portal>(in.portal),
      .lun = in.lun != nullptr ? std::optional<Lun>(*in.lun) : std::nullopt,
  };
}

}  // namespace

VolumeDelegateClient::VolumeDelegateClient(std::unique_ptr<http::Channel> channel)
    : remote_(std::make_unique<Remote>(std::move(channel), "vd", "urn:vbs:volume-delegate:1")) {}

VolumeDelegateClient::~VolumeDelegateClient() = default;

VolumeDelegateDescription VolumeDelegateClient::describeDelegate(const RequestId& requestId,
                                                                 const Commander& service) {
  return remote_->call<_vd__describeDelegate, _vd__describeDelegateResponse>(
      "describeDelegate",
      [&](struct soap* gsoap, auto& out) {
        out.requestId = requestId.str();
        out.service = toWire(gsoap, service);
      },
      [](const auto& in) {
        return VolumeDelegateDescription{
            .version = in.version, .usesTargets = in.usesTargets, .identity = identityFromWire(in)};
      });
}

CreateVolumeOutcome VolumeDelegateClient::createVolume(const OperationContext& operation,
                                                       const VolumeId& volumeId, SizeGiB size,
                                                       const std::optional<SnapshotId>& snapshotId) {
  return remote_->call<_vd__createVolume, _vd__createVolumeResponse>(
      "createVolume",
      [&](struct soap* gsoap, auto& out) {
        out.context = toWire(gsoap, operation);
        out.volumeId = volumeId.str();
        out.sizeGiB = size.count();
        out.snapshotId = toWire(gsoap, snapshotId);
      },
      [](const auto& in) { return createVolumeOutcomeFromWire(in.outcome); });
}

void VolumeDelegateClient::deleteVolume(const OperationContext& operation, const VolumeId& volumeId,
                                        SizeGiB size) {
  remote_->call<_vd__deleteVolume, _vd__deleteVolumeResponse>(
      "deleteVolume",
      [&](struct soap* gsoap, auto& out) {
        out.context = toWire(gsoap, operation);
        out.volumeId = volumeId.str();
        out.sizeGiB = size.count();
      },
      [](const auto&) {});
}

void VolumeDelegateClient::createSnapshot(const OperationContext& operation, const SnapshotId& snapshotId,
                                          const VolumeId& volumeId, SizeGiB size) {
  remote_->call<_vd__createSnapshot, _vd__createSnapshotResponse>(
      "createSnapshot",
      [&](struct soap* gsoap, auto& out) {
        out.context = toWire(gsoap, operation);
        out.snapshotId = snapshotId.str();
        out.volumeId = volumeId.str();
        out.sizeGiB = size.count();
      },
      [](const auto&) {});
}

void VolumeDelegateClient::deleteSnapshot(const OperationContext& operation, const SnapshotId& snapshotId,
                                          const VolumeId& volumeId, SizeGiB size) {
  remote_->call<_vd__deleteSnapshot, _vd__deleteSnapshotResponse>(
      "deleteSnapshot",
      [&](struct soap* gsoap, auto& out) {
        out.context = toWire(gsoap, operation);
        out.snapshotId = snapshotId.str();
        out.volumeId = volumeId.str();
        out.sizeGiB = size.count();
      },
      [](const auto&) {});
}

VolumeExport VolumeDelegateClient::exportVolume(const OperationContext& operation, const VolumeId& volumeId,
                                                const std::optional<TargetIdentity>& target,
                                                const VmmHostname& vmmHostname) {
  return remote_->call<_vd__exportVolume, _vd__exportVolumeResponse>(
      "exportVolume",
      [&](struct soap* gsoap, auto& out) {
        out.context = toWire(gsoap, operation);
        out.volumeId = volumeId.str();
        fillTarget(gsoap, out, target);
        out.vmmHostname = vmmHostname.str();
      },
      [](const auto& in) { return exportIn(in); });
}

void VolumeDelegateClient::unexportVolume(const OperationContext& operation, const VolumeId& volumeId,
                                          const std::optional<TargetIdentity>& target,
                                          const std::optional<VmmHostname>& lostHost) {
  remote_->call<_vd__unexportVolume, _vd__unexportVolumeResponse>(
      "unexportVolume",
      [&](struct soap* gsoap, auto& out) {
        out.context = toWire(gsoap, operation);
        out.volumeId = volumeId.str();
        fillTarget(gsoap, out, target);
        out.lostHost = toWire(gsoap, lostHost);
      },
      [](const auto&) {});
}

std::vector<CopyStatus> VolumeDelegateClient::describeCopies(const RequestId& requestId,
                                                             const std::vector<VolumeId>& volumeIds) {
  return remote_->call<_vd__describeCopies, _vd__describeCopiesResponse>(
      "describeCopies",
      [&](struct soap*, auto& out) {
        out.requestId = requestId.str();
        out.volumeId = toWire(volumeIds);
      },
      [](const auto& in) { return copiesIn(*in.copies); });
}

VolumeServerInventory VolumeDelegateClient::inventory(const RequestId& requestId) {
  return remote_->call<_vd__inventory, _vd__inventoryResponse>(
      "inventory", [&](struct soap*, auto& out) { out.requestId = requestId.str(); },
      [](const auto& in) { return inventoryIn(in); });
}

Capacity VolumeDelegateClient::capacity(const RequestId& requestId) {
  return remote_->call<_vd__capacity, _vd__capacityResponse>(
      "capacity", [&](struct soap*, auto& out) { out.requestId = requestId.str(); },
      [](const auto& in) {
        return Capacity{in.totalBytes, in.freeBytes};
      });
}

}  // namespace vbs::soap
