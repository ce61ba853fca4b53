#include "common/model/ids.h"

#include <algorithm>
#include <charconv>

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs {
namespace {

// <cctype> depends on the locale and on the sign of char; these are plain ASCII.
bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isLower(char c) {
  return c >= 'a' && c <= 'z';
}
bool isLetter(char c) {
  return isLower(c) || (c >= 'A' && c <= 'Z');
}
bool isAlnum(char c) {
  return isLetter(c) || isDigit(c);
}
bool isLowerHex(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'f');
}

template <class Predicate>
bool all(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

bool isIn(char c, std::string_view set) {
  return set.find(c) != std::string_view::npos;
}

bool isPrefixedHex(std::string_view text, std::string_view prefix) {
  return text.size() == prefix.size() + 8 && text.starts_with(prefix) &&
         all(text.substr(prefix.size()), isLowerHex);
}

bool isToken(std::string_view text) {
  return !text.empty() && text.size() <= 64 && isAlnum(text.front()) &&
         all(text, [](char c) { return isAlnum(c) || c == '-'; });
}

bool isPort(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

}  // namespace

template <class Kind>
Name<Kind>::Name(std::string text) : text_(std::move(text)) {
  if (!Kind::isValid(text_)) {
    throw Error(ErrorCode::InvalidParameter, "\"" + printable(text_) + "\" is not a " +
                                                 std::string(Kind::kName) + ": expected " +
                                                 std::string(Kind::kRule));
  }
  if constexpr (requires { Kind::canonical(text_); }) text_ = Kind::canonical(std::move(text_));
}

template class Name<VolumeIdKind>;
template class Name<SnapshotIdKind>;
template class Name<AttachmentIdKind>;
template class Name<OperationIdKind>;
template class Name<RequestIdKind>;
template class Name<DelegateIdKind>;
template class Name<ServiceInstanceIdKind>;
template class Name<VolumeServerNameKind>;
template class Name<VmmHostnameKind>;
template class Name<VmIdKind>;
template class Name<VmDeviceKind>;
template class Name<TargetNameKind>;
template class Name<PortalKind>;

bool VolumeIdKind::isValid(std::string_view text) {
  return isPrefixedHex(text, "vol-");
}
bool SnapshotIdKind::isValid(std::string_view text) {
  return isPrefixedHex(text, "snap-");
}
bool AttachmentIdKind::isValid(std::string_view text) {
  return isPrefixedHex(text, "att-");
}
bool OperationIdKind::isValid(std::string_view text) {
  return isToken(text);
}
bool RequestIdKind::isValid(std::string_view text) {
  return isToken(text);
}
bool DelegateIdKind::isValid(std::string_view text) {
  return isToken(text);
}
bool ServiceInstanceIdKind::isValid(std::string_view text) {
  return isToken(text);
}

bool VolumeServerNameKind::isValid(std::string_view text) {
  return isToken(text);
}

bool VmmHostnameKind::isValid(std::string_view text) {
  return !text.empty() && text.size() <= 253 && isAlnum(text.front()) &&
         all(text, [](char c) { return isAlnum(c) || isIn(c, ".-"); });
}

std::string VmmHostnameKind::canonical(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool VmIdKind::isValid(std::string_view text) {
  return !text.empty() && text.size() <= 128 && (isAlnum(text.front()) || text.front() == '_') &&
         all(text, [](char c) { return isAlnum(c) || isIn(c, "_.:+-"); });
}

bool VmDeviceKind::isValid(std::string_view text) {
  return !text.empty() && text.size() <= 32 && isLetter(text.front()) &&
         all(text, [](char c) { return isAlnum(c) || isIn(c, "_-"); });
}

bool TargetNameKind::isValid(std::string_view text) {
  // iqn.yyyy-mm.reversed.domain[:anything]
  if (text.size() > 223 || !text.starts_with("iqn.") || text.size() < 13) return false;
  const std::string_view date = text.substr(4, 7);
  const bool dated = all(date.substr(0, 4), isDigit) && date[4] == '-' && all(date.substr(5), isDigit);
  return dated && text[11] == '.' && (isLower(text[12]) || isDigit(text[12])) &&
         all(text.substr(12), [](char c) { return isLower(c) || isDigit(c) || isIn(c, ".-:"); });
}

bool PortalKind::isValid(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text.size() > 260 || !isPort(text.substr(colon + 1))) {
    return false;
  }
  const std::string_view host = text.substr(0, colon);
  if (host.front() == '[') {
    return host.size() > 2 && host.back() == ']' &&
           all(host.substr(1, host.size() - 2), [](char c) { return isLowerHex(c) || isIn(c, ":."); });
  }
  return VmmHostnameKind::isValid(host);
}

const VolumeServerName& defaultVolumeServer() {
  static const VolumeServerName kName("default");
  return kName;
}

VmDevice parseVmDevice(std::string_view text) {
  constexpr std::string_view kDirectory = "/dev/";
  std::string_view name = text;
  if (name.starts_with(kDirectory)) name.remove_prefix(kDirectory.size());
  if (!VmDevice::isValid(name)) {
    throw Error(ErrorCode::InvalidParameter, "\"" + printable(text) + "\" is not a " +
                                                 std::string(VmDeviceKind::kName) + ": expected " +
                                                 std::string(VmDeviceKind::kRule));
  }
  return VmDevice(std::string(name));
}

}  // namespace vbs
