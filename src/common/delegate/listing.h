#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "common/model/ids.h"

namespace vbs::delegate {

/// One line of a listing: the named groups that the action's `.output` found in it.
using Record = std::map<std::string, std::string>;

/// What the line shows under that name; null when it shows nothing.
const std::string* shown(const Record& record, const std::string& group);

/// The same as a model type; nothing when the line shows nothing, or nothing well-formed.
template <class Id>
std::optional<Id> shownAs(const Record& record, const std::string& group) {
  const std::string* text = shown(record, group);
  if (text == nullptr || !Id::isValid(*text)) return std::nullopt;
  return Id(*text);
}

}  // namespace vbs::delegate
