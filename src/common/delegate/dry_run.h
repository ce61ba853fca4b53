#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/command/command_file.h"
#include "common/command/parameters.h"
#include "common/delegate/actions.h"
#include "common/delegate/call.h"

namespace vbs::delegate {

/// Calls as text: one line for each command that they would run. It assumes that all goes well and that
/// nothing was there before. Not thread-safe.
class DryRun : public Actions {
public:
  command::ActionOutput run(const command::CommandFile& file, command::Action action,
                            const command::Parameters& parameters, const std::string& resource,
                            const command::ActionRunner::Options& options) override;
  /// Does not wait.
  void await(std::string_view key, const std::string& value, std::string_view remark,
             const std::function<void()>& wait) override;
  void remark(std::string_view text) override;

  /// Makes `call` under a title of its own. What it throws is a line of the text.
  void show(std::string_view title, const std::function<void()>& call);

  const std::string& text() const noexcept { return text_; }

private:
  void line(std::string_view key, std::string_view value, std::string_view remark = {});

  std::string text_;
  std::string remark_;  ///< of the next action
};

/// Values for the arguments of calls that are only shown.
class Examples {
public:
  /// `given`: values to prefer. `file` must outlive it.
  Examples(const command::CommandFile& file, const command::Parameters& given);

  /// The value of a parameter, as text that is well-formed.
  const std::string& value(std::string_view name) const;
  int number(std::string_view name) const;
  /// The same for what a call may leave to a constant of the file: nothing where it does.
  std::optional<std::string> valueOrConstant(std::string_view name) const;

private:
  const command::CommandFile* file_;
  const command::Parameters given_;
  command::Parameters values_;
};

/// A call of a delegate, ready to be shown.
struct ShownCall {
  std::string_view operation;  ///< "createVolume"
  std::string_view title;      ///< "createVolume from a snapshot"
  void (*make)(Call& call, const Examples& examples);
};

/// What those of `calls` would run that belong to `operation`. `given`: values to show them with, by
/// parameter name; the others are constants of the file, or examples. Throws Error{InvalidParameter} that
/// lists the operations when it is none of them, and for a name in `given` that nothing knows.
std::string dryRun(std::span<const ShownCall> calls, std::shared_ptr<const command::CommandFile> file,
                   std::string_view operation, const command::Parameters& given);

}  // namespace vbs::delegate
