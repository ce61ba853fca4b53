#include "vbs_service/engine/context.h"

#include <cstdint>
#include <nlohmann/json.hpp>

#include "common/model/error.h"

namespace vbs::engine {
namespace {

using nlohmann::json;

template <class Kind>
void put(json& object, const char* key, const std::optional<Name<Kind>>& name) {
  if (name) object[key] = name->str();
}

template <class Value>
std::optional<Value> get(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? std::nullopt : std::optional<Value>(found->get<std::string>());
}

Presence presence(const json& object, const char* key) {
  return parsePresence(object.at(key).get<std::string>()).value_or(Presence::Unknown);
}

}  // namespace

std::string toJson(const Context& context) {
  json object;
  object["volumeId"] = context.volumeId.str();
  put(object, "snapshotId", context.snapshotId);
  if (context.size) object["sizeGiB"] = context.size->count();
  if (context.volumeBefore) object["volumeBefore"] = toString(*context.volumeBefore);
  if (context.snapshotBefore) object["snapshotBefore"] = toString(*context.snapshotBefore);
  if (context.reasonBefore) object["reasonBefore"] = *context.reasonBefore;
  put(object, "vmmHostname", context.vmmHostname);
  put(object, "vmId", context.vmId);
  put(object, "vmDevice", context.vmDevice);
  if (context.target) {
    object["targetId"] = context.target->targetId.number();
    object["targetName"] = context.target->targetName.str();
  }
  put(object, "portal", context.exported.portal);
  if (context.exported.lun) object["lun"] = context.exported.lun->number();
  if (context.isInVm) object["isInVm"] = *context.isInVm;
  if (context.before) {
    object["sessionBefore"] = toString(context.before->session);
    object["deviceBefore"] = toString(context.before->device);
  }
  put(object, "lostHost", context.lostHost);
  put(object, "replacedOperation", context.replacedOperation);
  if (context.wasFound) object["wasFound"] = true;
  put(object, "foundTarget", context.foundTarget);
  if (context.restoresDevice) object["restoresDevice"] = true;
  if (context.reconnects) object["reconnects"] = true;
  if (context.isPartlyDone) object["isPartlyDone"] = true;
  // A reason may quote a command's output: never fail over a stray byte.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Context contextFromJson(const std::string& text) {
  try {
    const json object = json::parse(text);
    Context context{.volumeId = VolumeId(object.at("volumeId").get<std::string>())};
    context.snapshotId = get<SnapshotId>(object, "snapshotId");
    if (object.contains("sizeGiB")) context.size = SizeGiB(object["sizeGiB"].get<std::int64_t>());
    if (object.contains("volumeBefore")) {
      context.volumeBefore = parseVolumeStatus(object["volumeBefore"].get<std::string>());
    }
    if (object.contains("snapshotBefore")) {
      context.snapshotBefore = parseSnapshotStatus(object["snapshotBefore"].get<std::string>());
    }
    context.reasonBefore = get<std::string>(object, "reasonBefore");
    context.vmmHostname = get<VmmHostname>(object, "vmmHostname");
    context.vmId = get<VmId>(object, "vmId");
    context.vmDevice = get<VmDevice>(object, "vmDevice");
    if (object.contains("targetId")) {
      context.target = TargetIdentity{.targetId = TargetId(object["targetId"].get<int>()),
                                      .targetName = TargetName(object.at("targetName").get<std::string>())};
    }
    context.exported.portal = get<Portal>(object, "portal");
    if (object.contains("lun")) context.exported.lun = Lun(object["lun"].get<int>());
    if (object.contains("isInVm")) context.isInVm = object["isInVm"].get<bool>();
    if (object.contains("sessionBefore")) {
      context.before = PriorFinding{presence(object, "sessionBefore"), presence(object, "deviceBefore")};
    }
    context.lostHost = get<VmmHostname>(object, "lostHost");
    context.replacedOperation = get<OperationId>(object, "replacedOperation");
    context.wasFound = object.value("wasFound", false);
    context.foundTarget = get<TargetName>(object, "foundTarget");
    context.restoresDevice = object.value("restoresDevice", false);
    context.reconnects = object.value("reconnects", false);
    context.isPartlyDone = object.value("isPartlyDone", false);
    return context;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::InternalError,
                std::string("the journal holds a damaged context: ") + error.what());
  }
}

VmAttachment vmAttachment(const Context& context) {
  VmAttachment attachment{.volumeId = context.volumeId,
                          .targetName = context.foundTarget,
                          .portal = context.exported.portal,
                          .lun = context.exported.lun,
                          .vmId = context.vmId,
                          .vmDevice = context.vmDevice,
                          .size = context.size,
                          .isInVm = context.isInVm,
                          .before = context.before};
  if (context.target) attachment.targetName = context.target->targetName;
  return attachment;
}

}  // namespace vbs::engine
