#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/command/action_runner.h"
#include "common/command/command_file.h"
#include "common/command/parameters.h"

namespace vbs::delegate {

/// What a call does on its host. HostActions does it; DryRun tells what would be done. A delegate's calls are
/// written once, against this interface, so what `--explain` shows is what is run. Each implementation says
/// whether it is thread-safe.
class Actions {
public:
  virtual ~Actions() = default;

  /// Carries out an action; skips one that the file has no key for. Throws as ActionRunner::run.
  virtual command::ActionOutput run(const command::CommandFile& file, command::Action action,
                                    const command::Parameters& parameters, const std::string& resource,
                                    const command::ActionRunner::Options& options) = 0;

  /// Waits, by `wait`, for what the file's `key` stands for; `value` is the value of that key. `remark`: for
  /// people, as below.
  virtual void await(std::string_view key, const std::string& value, std::string_view remark,
                     const std::function<void()>& wait) = 0;

  /// Says of the next action what it is for, or how it is run.
  virtual void remark(std::string_view text) = 0;
};

}  // namespace vbs::delegate
