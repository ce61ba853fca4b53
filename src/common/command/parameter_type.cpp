#include "common/command/parameter_type.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

#include "common/model/error.h"
#include "common/model/ids.h"
#include "common/model/size.h"
#include "common/model/target.h"
#include "common/model/text.h"

namespace vbs::command {
namespace {

constexpr std::size_t kMaxText = 1024;

/// A decimal number without sign or leading zeros, so that it has one spelling.
template <std::int64_t kMin, std::int64_t kMax>
bool isNumber(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && parsed == end && text.front() != '-' &&
         (text.front() != '0' || text.size() == 1) && number >= kMin && number <= kMax;
}

bool isPlainText(std::string_view text) {
  return !text.empty() && text.size() <= kMaxText && text.front() != '-' && isXmlText(text) &&
         text.find_first_of("\t\r\n") == std::string_view::npos;
}

/// A path or a reference such as iscsi://portal/target/lun.
bool isHostDevice(std::string_view text) {
  return isPlainText(text) && text.find(' ') == std::string_view::npos;
}

bool isPortalAddress(std::string_view text) {
  return PortalKind::isValid(std::string(text) + ":1") ||
         PortalKind::isValid("[" + std::string(text) + "]:1");
}

}  // namespace

const std::vector<ParameterType>& parameterTypes() {
  static const std::vector<ParameterType> kTypes{
      {"volumeId", VolumeIdKind::kRule, VolumeIdKind::isValid, "vol-0a1b2c3d"},
      {"snapshotId", SnapshotIdKind::kRule, SnapshotIdKind::isValid, "snap-4e5f6a7b"},
      {"sizeGiB", "a whole number of GiB from 1 to 1048576", isNumber<SizeGiB::kMin, SizeGiB::kMax>, "5"},
      {"sizeBytes", "a whole number of bytes, from 1 GiB to 1048576 GiB",
       isNumber<SizeGiB::kMin << 30, SizeGiB::kMax << 30>, "5368709120"},
      {"targetId", "a number from 1 to 65535", isNumber<TargetId::kMin, TargetId::kMax>, "7"},
      {"targetName", TargetNameKind::kRule, TargetNameKind::isValid, "iqn.2009-09.org.vbs:vol-0a1b2c3d"},
      {"lun", "a number from 0 to 255", isNumber<Lun::kMin, Lun::kMax>, "1"},
      {"portal", PortalKind::kRule, PortalKind::isValid, "192.0.2.10:3260"},
      {"portalAddress", "the host of a portal, an IPv6 address without brackets", isPortalAddress,
       "192.0.2.10"},
      {"portalPort", "a number from 1 to 65535", isNumber<1, 65535>, "3260"},
      {"vmId", VmIdKind::kRule, VmIdKind::isValid, "vm1"},
      {"vmDev", VmDeviceKind::kRule, VmDeviceKind::isValid, "xvdb"},
      {"vmmDev", "a path or a reference, at most 1024 bytes without spaces and control characters",
       isHostDevice, "/dev/disk/by-path/ip-192.0.2.10:3260-iscsi-iqn.2009-09.org.vbs:vol-0a1b2c3d-lun-1"},
      {"vmmHostname", VmmHostnameKind::kRule, VmmHostnameKind::isValid, "node1"},
  };
  return kTypes;
}

const ParameterType* findParameterType(std::string_view name) {
  const auto& types = parameterTypes();
  const auto found = std::find_if(types.begin(), types.end(),
                                  [name](const ParameterType& type) { return type.name == name; });
  return found == types.end() ? nullptr : &*found;
}

bool isParameterName(std::string_view name) {
  const auto isLetter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && name.size() <= 64 && isLetter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return isLetter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

void checkValue(std::string_view name, std::string_view value) {
  const ParameterType* type = findParameterType(name);
  const bool good = type != nullptr ? isPlainText(value) && type->isValid(value) : isPlainText(value);
  if (good) return;
  const std::string_view rule =
      type != nullptr ? type->rule
                      : "1 to 1024 bytes of text without control characters, the first one not a hyphen";
  throw Error(ErrorCode::InvalidParameter, "<" + std::string(name) + ">: \"" +
                                               (isSecret(name) ? "***" : printable(value)) +
                                               "\" is refused: expected " + std::string(rule));
}

bool isSecret(std::string_view name) {
  return name.ends_with("Password") || name.ends_with("Secret") || name == "password" || name == "secret";
}

}  // namespace vbs::command
