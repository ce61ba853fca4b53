#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "common/command/command_runner.h"
#include "common/command/pattern.h"

namespace vbs::command {

/// Runs nothing: remembers each command and answers as told, else with exit 0. Thread-safe; an answer runs
/// without a lock, so it may block.
class FakeCommandRunner : public CommandRunner {
public:
  using Answer = std::function<CommandResult(const Command&)>;

  static CommandResult exits(int code, std::string err = {}, std::string out = {}) {
    CommandResult result;
    result.exitCode = code;
    result.err = std::move(err);
    result.out = std::move(out);
    return result;
  }
  static CommandResult prints(std::string out) { return exits(0, {}, std::move(out)); }
  static CommandResult timesOut() {
    CommandResult result;
    result.timedOut = true;
    return result;
  }
  static CommandResult isMissing() {
    CommandResult result;
    result.startError = "No such file or directory";
    return result;
  }

  /// Commands whose line (as commandLine() writes it) contains `part` are answered so from now on; what was
  /// told last wins.
  FakeCommandRunner& on(std::string part, Answer answer) {
    const std::lock_guard lock(mutex_);
    answers_.emplace_back(std::move(part), std::move(answer));
    return *this;
  }
  FakeCommandRunner& on(std::string part, CommandResult result) {
    return on(std::move(part), [result = std::move(result)](const Command&) { return result; });
  }

  CommandResult run(const Command& command) override {
    const std::string line = commandLine(command.argv);
    Answer answer;
    {
      const std::lock_guard lock(mutex_);
      lines_.push_back(line);
      commands_.push_back(command);
      for (const auto& [part, candidate] : answers_) {
        if (line.find(part) != std::string::npos) answer = candidate;
      }
    }
    return answer ? answer(command) : exits(0);
  }

  /// The command lines so far, in the order of their starts.
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  std::vector<Command> commands() const {
    const std::lock_guard lock(mutex_);
    return commands_;
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
    commands_.clear();
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, Answer>> answers_;
  std::vector<std::string> lines_;
  std::vector<Command> commands_;
};

}  // namespace vbs::command
