#include "common/soap/record_wire.h"

#include <soapH.h>

#include "common/model/text.h"

namespace vbs::soap {
namespace {

/// The reason beside a status, which says the word of a later service that this program does not know.
template <class Status>
std::optional<std::string> reasonFromWire(std::optional<Status> status, const std::string& text,
                                          const std::string* reason) {
  if (status) return fromWire(reason);
  return "\"" + printable(text) + "\", which this program does not know" +
         (reason != nullptr ? ": " + *reason : "");
}

}  // namespace

t__Attachment* toWire(struct soap* gsoap, const Attachment& attachment) {
  t__Attachment* const wire = soap_new_t__Attachment(gsoap);
  wire->volumeId = attachment.volumeId.str();
  wire->vmmHostname = attachment.vmmHostname.str();
  wire->vmId = attachment.vmId.str();
  wire->vmDevice = attachment.vmDevice.str();
  wire->hostDevice = toWire(gsoap, attachment.hostDevice);
  wire->status = toString(attachment.status);
  wire->attachTime = toWire(gsoap, attachment.attachTime);
  return wire;
}

Attachment fromWire(const t__Attachment& attachment) {
  return {
      .volumeId = VolumeId(attachment.volumeId),
      .vmmHostname = VmmHostname(attachment.vmmHostname),
      .vmId = VmId(attachment.vmId),
      .vmDevice = VmDevice(attachment.vmDevice),
      .hostDevice = fromWire(attachment.hostDevice),
      .status = parseAttachmentStatus(attachment.status).value_or(AttachmentStatus::Unknown),
      .attachTime = attachment.attachTime != nullptr ? std::optional(timeFromWire(*attachment.attachTime))
                                                     : std::nullopt,
  };
}

t__Volume* toWire(struct soap* gsoap, const Volume& volume) {
  t__Volume* const wire = soap_new_t__Volume(gsoap);
  wire->volumeId = volume.volumeId.str();
  wire->sizeGiB = volume.size.count();
  wire->comment = toWire(volume.comment);
  wire->snapshotId = toWire(gsoap, volume.snapshotId);
  wire->status = toString(volume.status);
  wire->statusReason = toWire(gsoap, volume.statusReason);
  wire->progressPercent = toWire(gsoap, volume.progressPercent);
  wire->createTime = toWire(volume.createTime);
  if (volume.attachment) wire->attachment = toWire(gsoap, *volume.attachment);
  return wire;
}

Volume fromWire(const t__Volume& volume) {
  const auto status = parseVolumeStatus(volume.status);
  return {
      .volumeId = VolumeId(volume.volumeId),
      .size = SizeGiB(volume.sizeGiB),
      .comment = volume.comment,
      .snapshotId = nameFromWire<SnapshotId>(volume.snapshotId),
      .status = status.value_or(VolumeStatus::Unknown),
      .statusReason = reasonFromWire(status, volume.status, volume.statusReason),
      .progressPercent = fromWire(volume.progressPercent),
      .createTime = timeFromWire(volume.createTime),
      .attachment = volume.attachment != nullptr ? std::optional(fromWire(*volume.attachment)) : std::nullopt,
  };
}

t__Snapshot* toWire(struct soap* gsoap, const Snapshot& snapshot) {
  t__Snapshot* const wire = soap_new_t__Snapshot(gsoap);
  wire->snapshotId = snapshot.snapshotId.str();
  wire->volumeId = snapshot.volumeId.str();
  wire->sizeGiB = snapshot.size.count();
  wire->comment = toWire(snapshot.comment);
  wire->status = toString(snapshot.status);
  wire->statusReason = toWire(gsoap, snapshot.statusReason);
  wire->progressPercent = toWire(gsoap, snapshot.progressPercent);
  wire->startTime = toWire(snapshot.startTime);
  return wire;
}

Snapshot fromWire(const t__Snapshot& snapshot) {
  const auto status = parseSnapshotStatus(snapshot.status);
  return {
      .snapshotId = SnapshotId(snapshot.snapshotId),
      .volumeId = VolumeId(snapshot.volumeId),
      .size = SizeGiB(snapshot.sizeGiB),
      .comment = snapshot.comment,
      .status = status.value_or(SnapshotStatus::Unknown),
      .statusReason = reasonFromWire(status, snapshot.status, snapshot.statusReason),
      .progressPercent = fromWire(snapshot.progressPercent),
      .startTime = timeFromWire(snapshot.startTime),
  };
}

}  // namespace vbs::soap
