#include "common/soap/wire.h"

#include <soapH.h>

#include <chrono>
#include <new>

#include "common/model/error.h"
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

template <class Number>
Number* allocate(struct soap* context, Number value) {
  auto* const number = static_cast<Number*>(soap_malloc(context, sizeof(Number)));
  if (number == nullptr) throw std::bad_alloc();
  *number = value;
  return number;
}

}  // namespace

std::string toWire(std::string_view text) {
  return printable(text, text.size());
}

std::string* toWire(struct soap* context, const std::optional<std::string>& text) {
  if (!text) return nullptr;
  std::string* const copy = soap_new_std__string(context);
  *copy = toWire(*text);
  return copy;
}

int* toWire(struct soap* context, std::optional<int> number) {
  return number ? allocate(context, *number) : nullptr;
}

LONG64* toWire(struct soap* context, std::optional<std::int64_t> number) {
  return number ? allocate<LONG64>(context, *number) : nullptr;
}

bool* toWire(struct soap* context, bool flag) {
  return flag ? allocate(context, true) : nullptr;
}

std::time_t toWire(Time time) {
  return time.time_since_epoch().count();
}

Time timeFromWire(std::time_t time) {
  return Time(std::chrono::seconds(time));
}

std::optional<std::string> fromWire(const std::string* text) {
  return text != nullptr ? std::optional(*text) : std::nullopt;
}

std::optional<int> fromWire(const int* number) {
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

std::optional<std::int64_t> fromWire(const LONG64* number) {
  return number != nullptr ? std::optional<std::int64_t>(*number) : std::nullopt;
}

bool fromWire(const bool* flag) {
  return flag != nullptr && *flag;
}

void requireFewIds(const std::vector<std::string>& texts) {
  if (texts.size() > kMaxIds) {
    throw Error(ErrorCode::InvalidParameter, std::to_string(texts.size()) + " ids in one request: at most " +
                                                 std::to_string(kMaxIds) + " are allowed, ask in parts");
  }
}

t__Attachment* toWire(struct soap* context, const Attachment& attachment) {
  t__Attachment* const wire = soap_new_t__Attachment(context);
  wire->volumeId = attachment.volumeId.str();
  wire->vmmHostname = attachment.vmmHostname.str();
  wire->vmId = attachment.vmId.str();
  wire->vmDevice = attachment.vmDevice.str();
  wire->hostDevice = toWire(context, attachment.hostDevice);
  wire->status = toString(attachment.status);
  if (attachment.attachTime) wire->attachTime = allocate(context, toWire(*attachment.attachTime));
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

t__Volume* toWire(struct soap* context, const Volume& volume) {
  t__Volume* const wire = soap_new_t__Volume(context);
  wire->volumeId = volume.volumeId.str();
  wire->sizeGiB = volume.size.count();
  wire->comment = toWire(volume.comment);
  wire->snapshotId = toWire(context, volume.snapshotId);
  wire->status = toString(volume.status);
  wire->statusReason = toWire(context, volume.statusReason);
  wire->progressPercent = toWire(context, volume.progressPercent);
  wire->createTime = toWire(volume.createTime);
  if (volume.attachment) wire->attachment = toWire(context, *volume.attachment);
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

t__Snapshot* toWire(struct soap* context, const Snapshot& snapshot) {
  t__Snapshot* const wire = soap_new_t__Snapshot(context);
  wire->snapshotId = snapshot.snapshotId.str();
  wire->volumeId = snapshot.volumeId.str();
  wire->sizeGiB = snapshot.size.count();
  wire->comment = toWire(snapshot.comment);
  wire->status = toString(snapshot.status);
  wire->statusReason = toWire(context, snapshot.statusReason);
  wire->progressPercent = toWire(context, snapshot.progressPercent);
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

t__OperationContext* toWire(struct soap* context, const OperationContext& operation) {
  t__OperationContext* const wire = soap_new_t__OperationContext(context);
  wire->operationId = operation.operationId.str();
  wire->requestId = operation.requestId.str();
  wire->undo = toWire(context, operation.undo);
  wire->delegateId = toWire(context, operation.delegateId);
  return wire;
}

t__Commander* toWire(struct soap* context, const Commander& service) {
  t__Commander* const wire = soap_new_t__Commander(context);
  wire->instance = service.instance.str();
  wire->name = toWire(service.name);
  return wire;
}

Commander fromWire(const t__Commander& service) {
  return {.instance = ServiceInstanceId(service.instance), .name = service.name};
}

std::string* toWire(struct soap* context, ListingState state) {
  if (state == ListingState::Complete) return nullptr;
  return toWire(context, std::optional<std::string>(toString(state)));
}

ListingState listingStateFromWire(const std::string* text) {
  if (text == nullptr) return ListingState::Complete;
  return parseListingState(*text).value_or(ListingState::Unknown);
}

OperationContext fromWire(const t__OperationContext& operation) {
  return {
      .operationId = OperationId(operation.operationId),
      .requestId = RequestId(operation.requestId),
      .undo = fromWire(operation.undo),
      .delegateId = nameFromWire<DelegateId>(operation.delegateId),
  };
}

}  // namespace vbs::soap
