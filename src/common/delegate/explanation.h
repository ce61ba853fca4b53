#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/command/command_file.h"
#include "common/command/parameters.h"

namespace vbs::delegate {

/// A dry run as text: the commands that a pattern file would run, with example values for the parameters that
/// are not given. A value type.
class Explanation {
public:
  /// Values of `given` win over the file's constants, and these over the examples.
  Explanation(const command::CommandFile& file, const command::Parameters& given);

  /// Begins a course of events: "createVolume from a snapshot".
  Explanation& when(std::string_view text);

  /// The commands of an action, or that it is skipped.
  Explanation& action(command::Action action, std::string_view note = {});

  /// What the call finds out between the actions.
  Explanation& finding(std::string_view key, std::string_view value, std::string_view note = {});

  command::Parameters& parameters() noexcept { return parameters_; }
  const std::string& text() const noexcept { return text_; }

private:
  const command::CommandFile* file_;
  command::Parameters parameters_;
  std::string text_;
};

/// An operation of a delegate, and how to tell what it runs.
struct ExplainedOperation {
  std::string_view name;
  void (*explain)(const command::CommandFile& file, Explanation& explanation);
};

/// What that one of `operations` would run. Throws Error{InvalidParameter} that lists them when it is none.
std::string explain(std::span<const ExplainedOperation> operations, const command::CommandFile& file,
                    std::string_view operation, const command::Parameters& given);

}  // namespace vbs::delegate
