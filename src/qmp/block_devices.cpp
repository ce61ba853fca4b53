#include "qmp/block_devices.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

namespace vbs::qmp {
namespace {

using nlohmann::json;

constexpr std::string_view kPrefix = "vbs-";
constexpr std::string_view kPeripherals = "/machine/peripheral/";
constexpr std::string_view kJsonFilename = "json:";

/// QEMU names a device by its id, or by the path to the part of it that has the disk.
std::optional<VmDevice> vmDeviceOf(const json& block) {
  std::string id = block.value("qdev", "");
  if (id.starts_with(kPeripherals)) {
    id.erase(0, kPeripherals.size());
    id.erase(std::min(id.find('/'), id.size()));
  }
  if (!id.starts_with(kPrefix)) return std::nullopt;
  std::string name = id.substr(kPrefix.size());
  if (!VmDevice::isValid(name)) return std::nullopt;
  return VmDevice(std::move(name));
}

/// QEMU names a node that was given by options "json:{...}". Null for others.
json optionsOf(const json& node) {
  const std::string file = node.value("file", "");
  if (!file.starts_with(kJsonFilename)) return nullptr;
  json options = json::parse(file.substr(kJsonFilename.size()), nullptr, false);
  return options.is_object() && options.value("driver", "") == "iscsi" ? options : nullptr;
}

std::optional<TargetName> initiatorOf(const json& options) {
  if (!options.is_object()) return std::nullopt;
  const std::string name = options.value("initiator-name", "");
  return TargetName::isValid(name) ? std::optional(TargetName(name)) : std::nullopt;
}

std::string urlOf(const json& node, const json& options) {
  if (!options.is_object()) return node.value("file", "");
  const auto lun = options.find("lun");
  // QEMU prints back what it was given: a number or its text.
  const std::string lunText =
      lun == options.end() ? "0" : (lun->is_string() ? lun->get<std::string>() : lun->dump());
  return "iscsi://" + options.value("portal", "") + "/" + options.value("target", "") + "/" + lunText;
}

}  // namespace

std::string qemuDeviceId(const VmDevice& vmDevice) {
  return std::string(kPrefix) + vmDevice.str();
}

std::vector<BlockDevice> readBlockDevices(const json& blocks, const json& nodes) {
  std::vector<BlockDevice> devices;
  for (const json& node : nodes) {
    const std::string name = node.value("node-name", "");
    if (!VolumeId::isValid(name)) continue;
    const auto block = std::find_if(blocks.begin(), blocks.end(), [&](const json& candidate) {
      const auto inserted = candidate.find("inserted");
      return inserted != candidate.end() && inserted->value("node-name", "") == name;
    });
    const json options = optionsOf(node);
    devices.push_back({VolumeId(name), block == blocks.end() ? std::nullopt : vmDeviceOf(*block),
                       urlOf(node, options), initiatorOf(options)});
  }
  return devices;
}

}  // namespace vbs::qmp
