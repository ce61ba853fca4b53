#include "common/command/constants.h"

#include <exception>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "common/command/parameter_type.h"
#include "common/command/parameters.h"
#include "common/command/pattern.h"
#include "common/command/pattern_key.h"
#include "common/model/text.h"

namespace vbs::command {
namespace {

using Constants = std::map<std::string, Constant, std::less<>>;

/// What the volume server answers when it exports a volume, and what is used when a call names none.
bool isDefault(std::string_view name) {
  return name == "portal" || name == "lun";
}

/// The constants that name this host as an initiator: iSCSI names have no capitals (RFC 7143,
/// section 4.2.7.2), and host names are the same in any case.
bool isOfInitiatorName(std::string_view name) {
  return name == "hostname" || name == "initiatorPrefix";
}

void checkName(const std::string& name) {
  if (!isParameterName(name)) {
    throw std::invalid_argument("\"" + name + "\" is no name: expected a letter, then letters, digits and _");
  }
  if (!isDefault(name) && findParameterType(name) != nullptr) {
    throw std::invalid_argument("would shadow <" + name + ">, which each call gives; choose another name");
  }
}

void readConstant(const PlacedProperty& property, Constants& constants) {
  const std::string name = property.key.substr(kParam.size());
  checkName(name);
  bool secret = isSecret(name);
  std::string value = Pattern::parseValue(property.value).expand([&](std::string_view used) {
    const auto constant = constants.find(used);
    if (constant == constants.end()) {
      throw std::invalid_argument("<" + std::string(used) +
                                  "> is no constant given above; a constant uses only those");
    }
    secret = secret || constant->second.secret;
    return constant->second.value;
  })[0];
  if (isDefault(name)) checkValue(name, value);
  if (isOfInitiatorName(name)) value = lowerAscii(value);
  if (name == "portal") {
    Parameters parts;
    parts.set(name, value);
    for (const auto& [part, text] : parts.all()) constants.emplace(part, Constant{text, secret});
    return;
  }
  constants.emplace(name, Constant{std::move(value), secret});
}

}  // namespace

Constants readConstants(const std::vector<PlacedProperty>& properties, Faults& faults) {
  Constants constants;
  for (const PlacedProperty& property : properties) {
    if (!property.key.starts_with(kParam)) continue;
    try {
      readConstant(property, constants);
    } catch (const std::exception& error) {
      faults.add(property.place, property.key + ": " + error.what());
    }
  }
  return constants;
}

}  // namespace vbs::command
