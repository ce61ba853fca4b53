#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "common/command/action.h"
#include "common/command/action_runner.h"
#include "common/command/command_runner.h"
#include "fakes/fake_command_runner.h"

namespace vbs::command {

inline const std::filesystem::path kSource = VBS_SOURCE_DIR;
inline const std::filesystem::path kProfiles = kSource / "conf/profiles";
inline const std::filesystem::path kParts = kProfiles / "parts";

/// The pattern files in conf/ that stand by themselves.
std::vector<std::filesystem::path> shippedFiles();

/// Tests of each of them.
class ShippedPatterns : public testing::TestWithParam<std::filesystem::path> {};

std::string textOf(const std::filesystem::path& file);

using Records = std::vector<std::map<std::string, std::string>>;

/// What the file's listing makes of a text of its tool.
ActionOutput listed(const std::filesystem::path& file, Action action, const std::string& text);

bool usesProgram(const std::filesystem::path& file, Action action, const std::string& program);

/// An action with the example's parameters, on a host whose commands answer as `runner` was told.
void run(const std::filesystem::path& file, Action action, FakeCommandRunner& runner);

/// The key of the command at which it fails; nothing when it does not.
std::string whereItFails(const std::filesystem::path& file, Action action, FakeCommandRunner& runner);

/// Runs a command that filters with awk, on `text`: as what tgtadm and xenstore-ls print, and as the files of
/// the stack that it reads.
CommandResult filtered(const Command& command, const std::string& text);

/// A runner whose awk commands see `text`.
void seesIn(FakeCommandRunner& runner, const std::string& text);

}  // namespace vbs::command
