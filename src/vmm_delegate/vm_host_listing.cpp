#include "vmm_delegate/vm_host_listing.h"

#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <system_error>

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::vmm_delegate {

using delegate::Record;
using delegate::shown;
using delegate::shownAs;

namespace {

/// False when the line shows a volume or a target that VBS did not make.
bool mayBeOurs(const Record& record) {
  const std::string* volume = shown(record, "volumeId");
  if (volume != nullptr && !VolumeId::isValid(*volume)) return false;
  if (shown(record, "targetName") == nullptr) return true;
  const auto target = shownAs<TargetName>(record, "targetName");
  return target && volumeOf(*target);
}

/// The volume that the line shows, by its id or by the name of its target.
std::optional<VolumeId> volumeIn(const Record& record) {
  if (auto volume = shownAs<VolumeId>(record, "volumeId")) return volume;
  const auto target = shownAs<TargetName>(record, "targetName");
  return target ? volumeOf(*target) : std::nullopt;
}

std::optional<Lun> lunIn(const Record& record) {
  const std::string* text = shown(record, "lun");
  if (text == nullptr) return std::nullopt;
  int number = -1;
  const char* end = text->data() + text->size();
  const auto [parsed, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc{} || parsed != end || number < Lun::kMin || number > Lun::kMax) return std::nullopt;
  return Lun(number);
}

std::optional<std::string> defectIn(const Record& record) {
  const std::string* text = shown(record, "defect");
  return text == nullptr ? std::nullopt : std::optional(printable(*text));
}

std::optional<VmDevice> vmDeviceIn(const Record& record) {
  const std::string* text = shown(record, "vmDev");
  if (text == nullptr) return std::nullopt;
  try {
    return parseVmDevice(*text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<VmHostInventory::Session> sessionsIn(const std::vector<Record>& records) {
  std::set<VmHostInventory::Session> sessions;
  for (const Record& record : records) {
    const VmHostInventory::Session session{shownAs<TargetName>(record, "targetName"), volumeIn(record),
                                           shownAs<Portal>(record, "portal"), lunIn(record),
                                           defectIn(record)};
    const bool isNamed = session.targetName || session.volumeId;
    if (isNamed && mayBeOurs(record)) sessions.insert(session);
  }
  return {sessions.begin(), sessions.end()};
}

std::vector<VmHostInventory::Device> devicesIn(const std::vector<Record>& records) {
  std::set<VmHostInventory::Device> devices;
  for (const Record& record : records) {
    const std::string* hostDevice = shown(record, "vmmDev");
    const VmHostInventory::Device device{volumeIn(record), shownAs<VmId>(record, "vmId"), vmDeviceIn(record),
                                         hostDevice ? std::optional(*hostDevice) : std::nullopt};
    if (mayBeOurs(record) && device != VmHostInventory::Device{}) devices.insert(device);
  }
  return {devices.begin(), devices.end()};
}

}  // namespace vbs::vmm_delegate
