#include "common/delegate/dry_run.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>
#include <vector>

#include "common/command/expansion.h"
#include "common/command/parameter_type.h"
#include "common/model/error.h"
#include "common/model/text.h"
#include "common/properties/nearest.h"

namespace vbs::delegate {

using command::Action;
using command::ActionOutput;

namespace {

/// What stands for a value that only a command can tell.
std::string unknownValue(const std::string& name) {
  const command::ParameterType* type = command::findParameterType(name);
  return type == nullptr ? "<" + name + ">" : std::string(type->example);
}

/// What the commands of an action would have told.
ActionOutput assumedOutput(const command::CommandFile& file, Action action) {
  ActionOutput output;
  if (action == Action::Capacity) output.records.push_back({{"totalBytes", "0"}, {"freeBytes", "0"}});
  if (command::givesRecords(action)) return output;
  for (const command::CommandPattern& command : file.commands(action)) {
    if (!command.output) continue;
    for (const std::string& name : command.output->groups()) output.captured.set(name, unknownValue(name));
  }
  return output;
}

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

ActionOutput DryRun::run(const command::CommandFile& file, Action action,
                         const command::Parameters& parameters, const std::string& /*resource*/,
                         const command::ActionRunner::Options& /*options*/) {
  const std::string remark = std::exchange(remark_, {});
  if (!file.has(action)) line(toString(action), "(no such key: skipped)");
  for (const command::ExpandedCommand& command : command::expand(file, action, parameters)) {
    line(command.key, command.shown, remark);
  }
  return assumedOutput(file, action);
}

void DryRun::await(std::string_view key, const std::string& value, std::string_view remark,
                   const std::function<void()>& /*wait*/) {
  const bool isUnknown = value.starts_with('<');
  line(key, value, isUnknown ? "known once a command has told it" : remark);
}

void DryRun::remark(std::string_view text) {
  remark_ = text;
}

void DryRun::show(std::string_view title, const std::function<void()>& call) {
  text_ += fmt::format("{}{}\n", text_.empty() ? "" : "\n", title);
  const std::size_t begin = text_.size();
  try {
    call();
  } catch (const Error& error) {
    text_ += fmt::format("  (fails: {})\n", error.what());
  }
  if (text_.size() == begin) text_ += "  (runs nothing)\n";
}

void DryRun::line(std::string_view key, std::string_view value, std::string_view remark) {
  text_ += fmt::format("  {:<18}  {}", key, value);
  if (!remark.empty()) text_ += fmt::format("    # {}", remark);
  text_ += '\n';
}

Examples::Examples(const command::CommandFile& file, const command::Parameters& given)
    : file_(&file), given_(given), values_(given) {
  values_.add(command::exampleParameters());
}

const std::string& Examples::value(std::string_view name) const {
  return *values_.find(name);
}

int Examples::number(std::string_view name) const {
  const std::string& text = value(name);
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::optional<std::string> Examples::valueOrConstant(std::string_view name) const {
  const bool isLeft = given_.find(name) == nullptr && file_->constant(name);
  return isLeft ? std::nullopt : std::optional(value(name));
}

std::string dryRun(std::span<const ShownCall> calls, std::shared_ptr<const command::CommandFile> file,
                   std::string_view operation, const command::Parameters& given) {
  refuseUnknownNames(*file, given);
  const Examples examples(*file, given);
  DryRun dry;
  std::vector<std::string_view> known;
  for (const ShownCall& shown : calls) {
    if (known.empty() || known.back() != shown.operation) known.push_back(shown.operation);
    if (shown.operation != operation) continue;
    // With what is given in place of what the call's arguments and commands would tell.
    Call call(dry, file, given, {}, {});
    dry.show(shown.title, [&] { shown.make(call, examples); });
  }
  if (!dry.text().empty()) return dry.text();
  throw Error(ErrorCode::InvalidParameter,
              fmt::format("\"{}\" is no operation that runs commands: expected one of {}",
                          printable(operation), fmt::join(known, ", ")));
}

}  // namespace vbs::delegate
