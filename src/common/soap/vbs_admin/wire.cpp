#include "common/soap/vbs_admin/wire.h"

#include <soapH.h>

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::soap {
namespace {

constexpr std::string_view kRunning = "running";
constexpr std::string_view kRollingBack = "rolling-back";

[[noreturn]] void refuse(const std::string& text, const char* what) {
  throw Error(ErrorCode::InvalidParameter, "\"" + printable(text) + "\" is no " + what);
}

template <class Value>
Value required(std::optional<Value> value, const std::string& text, const char* what) {
  if (!value) refuse(text, what);
  return *value;
}

bool isRollingBackFromWire(const std::string& state) {
  if (state != kRunning && state != kRollingBack) refuse(state, "state of an operation");
  return state == kRollingBack;
}

}  // namespace

adm__Operation* toWire(struct soap* gsoap, const OpenOperation& operation) {
  adm__Operation* const wire = soap_new_adm__Operation(gsoap);
  wire->operationId = operation.operationId.str();
  wire->kind = toWire(operation.kind);
  wire->resourceId = toWire(operation.resourceId);
  wire->state = operation.isRollingBack ? kRollingBack : kRunning;
  wire->step = toWire(operation.step);
  wire->requestId = operation.requestId.str();
  wire->createTime = toWire(operation.createTime);
  wire->updateTime = toWire(operation.updateTime);
  wire->attempts = operation.attempts;
  wire->lastError = toWire(gsoap, operation.lastError);
  wire->description = toWire(gsoap, operation.description);
  return wire;
}

OpenOperation fromWire(const adm__Operation& operation) {
  return {
      .operationId = OperationId(operation.operationId),
      .kind = operation.kind,
      .resourceId = operation.resourceId,
      .isRollingBack = isRollingBackFromWire(operation.state),
      .step = operation.step,
      .requestId = RequestId(operation.requestId),
      .createTime = timeFromWire(operation.createTime),
      .updateTime = timeFromWire(operation.updateTime),
      .attempts = operation.attempts,
      .lastError = fromWire(operation.lastError),
      .description = fromWire(operation.description),
  };
}

adm__Drift* toWire(struct soap* gsoap, const Drift& drift) {
  adm__Drift* const wire = soap_new_adm__Drift(gsoap);
  wire->kind = toString(drift.kind);
  wire->resourceId = toWire(drift.resourceId);
  wire->vmmHostname = toWire(gsoap, drift.vmmHostname);
  wire->description = toWire(drift.description);
  wire->outcome = toString(drift.outcome);
  wire->firstSeen = toWire(drift.firstSeen);
  return wire;
}

Drift fromWire(const adm__Drift& drift) {
  return {
      .kind = required(parseDriftKind(drift.kind), drift.kind, "kind of drift"),
      .resourceId = drift.resourceId,
      .vmmHostname = nameFromWire<VmmHostname>(drift.vmmHostname),
      .description = drift.description,
      .outcome = required(parseDriftOutcome(drift.outcome), drift.outcome, "outcome of a drift"),
      .firstSeen = timeFromWire(drift.firstSeen),
  };
}

adm__Capacity* toWire(struct soap* gsoap, const CapacityReport& report) {
  adm__Capacity* const wire = soap_new_adm__Capacity(gsoap);
  if (report.seen) {
    wire->seen = soap_new_adm__SeenCapacity(gsoap);
    wire->seen->totalBytes = report.seen->totalBytes;
    wire->seen->freeBytes = report.seen->freeBytes;
    wire->seen->time = toWire(report.seen->time);
  }
  wire->reason = toWire(gsoap, report.reason);
  wire->volumesGiB = report.volumesGiB;
  wire->snapshotsGiB = report.snapshotsGiB;
  wire->overcommit = toWire(report.overcommit);
  wire->limitGiB = toWire(gsoap, report.limitGiB);
  return wire;
}

CapacityReport fromWire(const adm__Capacity& report) {
  CapacityReport result{.seen = std::nullopt,
                        .reason = fromWire(report.reason),
                        .volumesGiB = report.volumesGiB,
                        .snapshotsGiB = report.snapshotsGiB,
                        .overcommit = report.overcommit,
                        .limitGiB = fromWire(report.limitGiB)};
  if (report.seen != nullptr) {
    result.seen = SeenCapacity{.totalBytes = report.seen->totalBytes,
                               .freeBytes = report.seen->freeBytes,
                               .time = timeFromWire(report.seen->time)};
  }
  return result;
}

}  // namespace vbs::soap
