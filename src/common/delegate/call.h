#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/command/action_runner.h"
#include "common/command/command_file.h"
#include "common/command/parameters.h"
#include "common/delegate/actions.h"
#include "common/delegate/admission.h"
#include "common/model/error.h"

namespace vbs::delegate {

/// One call of a delegate: the patterns it began with, and the parameters it knows so far. A copy of it
/// carries on a part of the call in the background. Not thread-safe.
class Call {
public:
  /// `actions` must outlive it. `resource`: the id that errors name, empty if none. `logContext`: what the
  /// log lines of its commands carry.
  Call(Actions& actions, std::shared_ptr<const command::CommandFile> file, command::Parameters parameters,
       std::string resource, std::string logContext);

  bool has(command::Action action) const;

  /// Runs an action that the stack may do without: skipped when the file has no key for it. The named groups
  /// that its commands' output gave become parameters of the actions after it. Throws as ActionRunner::run.
  command::ActionOutput run(command::Action action);

  /// The same for a command that takes long: ended when `stop` asks for it, its progress told in percent.
  command::ActionOutput run(command::Action action, const std::stop_token& stop,
                            const std::function<void(int)>& onProgress);

  /// The same for an action that the call cannot do without. Throws Error{CommandFailed} that names the
  /// missing key.
  command::ActionOutput require(command::Action action);

  /// True for an action that the file has no key for: the call does without it.
  bool skips(command::Action action);

  /// Throws as require does, and runs nothing.
  void checkHas(command::Action action) const;

  /// As Actions::await and Actions::remark.
  void await(std::string_view key, const std::string& value, std::string_view remark,
             const std::function<void()>& wait);
  void remark(std::string_view text);

  /// Runs `body`, the whole of a call that changes something, once it was let in. A refusal (effect None)
  /// that it throws becomes Partial when something has changed by then: by this call, or by an earlier call
  /// of the operation, which may be the same call whose answer was lost.
  template <class Body>
  auto carryOut(Admission::Pass& pass, Body body) {
    hasChanged_ = hasChanged_ || pass.hasChanged();
    const auto noteChange = [&] {
      if (hasChanged_) pass.noteChange();
    };
    try {
      if constexpr (std::is_void_v<decltype(body())>) {
        body();
        noteChange();
      } else {
        auto result = body();
        noteChange();
        return result;
      }
    } catch (const Error& error) {
      noteChange();
      throw hasChanged_ && error.effect() == Effect::None ? error.withEffect(Effect::Partial) : error;
    }
  }

  /// To be called when the call changes something other than by its actions.
  void markChanged() noexcept { hasChanged_ = true; }

  const command::CommandFile& file() const noexcept { return *file_; }
  command::Parameters& parameters() noexcept { return parameters_; }
  const command::Parameters& parameters() const noexcept { return parameters_; }
  const std::string& resource() const noexcept { return resource_; }
  const std::string& logContext() const noexcept { return logContext_; }

private:
  Actions* actions_;
  std::shared_ptr<const command::CommandFile> file_;
  command::Parameters parameters_;
  std::string resource_;
  std::string logContext_;
  bool hasChanged_ = false;  ///< an action is done that leaves something behind
};

}  // namespace vbs::delegate
