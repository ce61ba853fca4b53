#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/delegate/call.h"
#include "common/model/error.h"
#include "common/model/ids.h"
#include "common/model/listing.h"

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

/// How far what a list action showed can be believed. Lines that nobody understood may show anything.
struct Trust {
  ListingState state = ListingState::Complete;
  std::string reason = {};
};
Trust trustIn(command::Action action, const command::ActionOutput& output);

/// Runs a list action. When it fails, or the pattern file lacks it, the listing is unknown.
template <class Item>
Listing<Item> listed(Call& call, command::Action action,
                     std::vector<Item> (*itemsIn)(const std::vector<Record>&)) {
  try {
    const command::ActionOutput output = call.run(action);
    call.checkHas(action);
    Trust trust = trustIn(action, output);
    return {.items = itemsIn(output.records), .state = trust.state, .reason = std::move(trust.reason)};
  } catch (const Error& error) {
    return Listing<Item>::unknown(error.what());
  }
}

}  // namespace vbs::delegate
