#include "common/command/parameters.h"

#include <utility>

#include "common/command/parameter_type.h"

namespace vbs::command {
namespace {

/// As the kernel writes an address: an IPv6 one without brackets.
std::string addressOf(std::string_view portal) {
  std::string_view host = portal.substr(0, portal.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return std::string(host);
}

std::string portOf(std::string_view portal) {
  return std::string(portal.substr(portal.rfind(':') + 1));
}

}  // namespace

Parameters& Parameters::set(std::string_view name, std::string value) {
  checkValue(name, value);
  if (name == "portal") {
    values_.insert_or_assign("portalAddress", addressOf(value));
    values_.insert_or_assign("portalPort", portOf(value));
  }
  values_.insert_or_assign(std::string(name), std::move(value));
  return *this;
}

Parameters& Parameters::add(const Parameters& others) {
  values_.insert(others.values_.begin(), others.values_.end());
  return *this;
}

const std::string* Parameters::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

}  // namespace vbs::command
