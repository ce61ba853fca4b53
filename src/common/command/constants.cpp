#include "common/command/constants.h"

#include <exception>
#include <functional>
#include <set>
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

/// Reads each constant after those that it is made of. It may use those above it in its file, and those of
/// other files that make up the pattern file, as these may give it another value.
class ConstantsReader {
public:
  ConstantsReader(const std::vector<PlacedProperty>& properties, Faults& faults)
      : properties_(properties), faults_(faults) {
    for (const PlacedProperty& property : properties_) {
      if (property.key.starts_with(kParam)) given_.emplace(property.key.substr(kParam.size()), &property);
    }
  }

  Constants read() {
    for (const PlacedProperty& property : properties_) {
      if (property.key.starts_with(kParam)) readOnce(property.key.substr(kParam.size()), property);
    }
    return std::move(constants_);
  }

private:
  void readOnce(const std::string& name, const PlacedProperty& property) {
    if (!begun_.insert(name).second) return;
    try {
      add(name, property);
    } catch (const std::exception& error) {
      faults_.add(property.place, property.key + ": " + error.what());
    }
    ended_.insert(name);
  }

  void add(const std::string& name, const PlacedProperty& property) {
    checkName(name);
    bool secret = isSecret(name);
    std::string value = Pattern::parseValue(property.value).expand([&](std::string_view used) {
      const Constant& constant = usedBy(property.place, used);
      secret = secret || constant.secret;
      return constant.value;
    })[0];
    if (isDefault(name)) checkValue(name, value);
    if (isOfInitiatorName(name)) value = lowerAscii(value);
    if (name == "portal") {
      Parameters parts;
      parts.set(name, value);
      for (const auto& [part, text] : parts.all()) constants_.emplace(part, Constant{text, secret});
      return;
    }
    constants_.emplace(name, Constant{std::move(value), secret});
  }

  const Constant& usedBy(const Place& user, std::string_view name) {
    const bool isOfPortal = name == "portalAddress" || name == "portalPort";
    const auto given = given_.find(isOfPortal ? "portal" : name);
    if (given == given_.end() || isBelow(given->second->place, user)) {
      throw std::invalid_argument("<" + std::string(name) +
                                  "> is no constant given above; a constant uses only those");
    }
    readOnce(given->first, *given->second);
    const auto constant = constants_.find(name);
    if (constant != constants_.end()) return constant->second;
    throw std::invalid_argument("<" + std::string(name) +
                                (ended_.contains(given->first) ? "> has a fault" : "> is made of this one"));
  }

  static bool isBelow(const Place& place, const Place& user) {
    return place.file == user.file && place.line >= user.line;
  }

  const std::vector<PlacedProperty>& properties_;
  Faults& faults_;
  std::map<std::string, const PlacedProperty*, std::less<>> given_;  ///< by name
  std::set<std::string> begun_;
  std::set<std::string> ended_;
  Constants constants_;
};

}  // namespace

Constants readConstants(const std::vector<PlacedProperty>& properties, Faults& faults) {
  return ConstantsReader(properties, faults).read();
}

}  // namespace vbs::command
