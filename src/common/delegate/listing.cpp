#include "common/delegate/listing.h"

#include <fmt/core.h>

namespace vbs::delegate {

const std::string* shown(const Record& record, const std::string& group) {
  const auto found = record.find(group);
  return found == record.end() || found->second.empty() ? nullptr : &found->second;
}

Trust trustIn(command::Action action, const command::ActionOutput& output) {
  if (output.strangeLines == 0) return {};
  return {
      .state = output.records.empty() ? ListingState::Unknown : ListingState::Partial,
      .reason = fmt::format("{} printed {} line{} that neither its .output nor its .ignore understands, the "
                            "first is \"{}\"",
                            toString(action), output.strangeLines, output.strangeLines == 1 ? "" : "s",
                            output.firstStrangeLine)};
}

}  // namespace vbs::delegate
