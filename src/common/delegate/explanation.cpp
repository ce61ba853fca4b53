#include "common/delegate/explanation.h"

#include <fmt/format.h>

#include "common/command/expansion.h"
#include "common/command/parameter_type.h"
#include "common/model/error.h"
#include "common/model/text.h"
#include "common/properties/nearest.h"

namespace vbs::delegate {

using command::Action;

namespace {

/// A mistyped name would otherwise be shown as if it had been left out.
void refuseUnknownNames(const command::CommandFile& file, const command::Parameters& given) {
  for (const auto& [name, value] : given.all()) {
    if (command::findParameterType(name) || file.constant(name) || file.isCaptured(name)) continue;
    std::vector<std::string> known;
    for (const command::ParameterType& type : command::parameterTypes()) known.emplace_back(type.name);
    for (const auto& [constant, itsValue] : file.constants()) known.push_back(constant);
    const auto best = nearest(name, known);
    throw Error(ErrorCode::InvalidParameter,
                fmt::format("\"{}\" is no parameter{}", printable(name),
                            best ? "; did you mean " + *best + "?"
                                 : fmt::format(": expected one of {}", fmt::join(known, ", "))));
  }
}

}  // namespace

Explanation::Explanation(const command::CommandFile& file, const command::Parameters& given)
    : file_(&file), parameters_(given) {
  const command::Parameters examples = command::exampleParameters();
  for (const auto& [name, value] : examples.all()) {
    const bool isOwnResult = name == "vmmDev";  // host.device makes it
    if (!isOwnResult && given.find(name) == nullptr && !file.constant(name)) parameters_.set(name, value);
  }
}

Explanation& Explanation::when(std::string_view text) {
  text_ += fmt::format("{}{}\n", text_.empty() ? "" : "\n", text);
  return *this;
}

Explanation& Explanation::action(Action action, std::string_view note) {
  if (!file_->has(action)) finding(toString(action), "(no such key: skipped)");
  for (const command::ExpandedCommand& command : command::expand(*file_, action, parameters_)) {
    finding(command.key, command.shown, note);
  }
  return *this;
}

Explanation& Explanation::finding(std::string_view key, std::string_view value, std::string_view note) {
  text_ += fmt::format("  {:<18}  {}", key, value);
  if (!note.empty()) text_ += fmt::format("    # {}", note);
  text_ += '\n';
  return *this;
}

std::string explain(std::span<const ExplainedOperation> operations, const command::CommandFile& file,
                    std::string_view operation, const command::Parameters& given) {
  std::string names;
  for (const ExplainedOperation& candidate : operations) {
    if (candidate.name == operation) {
      refuseUnknownNames(file, given);
      Explanation explanation(file, given);
      explanation.when(operation);
      candidate.explain(file, explanation);
      return explanation.text();
    }
    names += fmt::format("{}{}", names.empty() ? "" : ", ", candidate.name);
  }
  throw Error(ErrorCode::InvalidParameter,
              fmt::format("\"{}\" is no operation that runs commands: expected one of {}",
                          printable(operation), names));
}

}  // namespace vbs::delegate
