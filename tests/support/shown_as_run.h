#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "common/delegate/dry_run.h"
#include "common/delegate/host_actions.h"
#include "fakes/fake_command_runner.h"

namespace vbs::support {

/// The commands in what a dry run shows.
inline std::vector<std::string> commandsIn(const std::string& shown) {
  constexpr std::size_t kKeyWidth = 22;  // blanks before and behind it included
  std::vector<std::string> commands;
  std::istringstream lines(shown);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  ") || line.starts_with("  host.device ")) continue;
    const std::string command = line.substr(std::min(kKeyWidth, line.size()));
    commands.push_back(command.substr(0, command.find("    # ")));
  }
  return commands;
}

/// Expects each of `calls` to run just those commands that its dry run shows. `file` has a key for each
/// action that they need, and a host.device that is not waited for. `runner` answers so that no call fails.
inline void expectShownAsRun(std::span<const delegate::ShownCall> calls,
                             const std::shared_ptr<const command::CommandFile>& file,
                             command::FakeCommandRunner& runner) {
  const delegate::Examples examples(*file, {});
  delegate::HostActions actions(runner);
  for (const delegate::ShownCall& shown : calls) {
    runner.forget();
    delegate::Call call(actions, file, {}, {}, {});
    shown.make(call, examples);
    EXPECT_FALSE(runner.lines().empty()) << shown.title;
    EXPECT_EQ(commandsIn(delegate::dryRun({&shown, 1}, file, shown.operation, {})), runner.lines())
        << shown.title;
  }
}

}  // namespace vbs::support
