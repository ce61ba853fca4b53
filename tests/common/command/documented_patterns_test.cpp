#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "common/command/command_file.h"
#include "common/command/expansion.h"
#include "common/command/parameter_type.h"
#include "common/command/shipped_patterns.h"

// What the documents say of patterns.

namespace vbs::command {
namespace {

/// The indented code blocks of the worked example, one after another: together a pattern file.
std::string workedExample() {
  std::istringstream text(textOf(kSource / "docs/patterns.md"));
  std::string example;
  bool inExample = false;
  bool inBlock = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("## ")) inExample = line.starts_with("## A worked example");
    if (!inExample) continue;
    if (line.starts_with("   ```")) {
      inBlock = !inBlock;
    } else if (inBlock) {
      example += line + "\n";
    }
  }
  return example;
}

TEST(DocumentedPatterns, TheWorkedExampleIsAGoodFile) {
  const auto checked = CommandFile::parse(workedExample(), "docs/patterns.md", Host::VolumeServer);
  for (const Diagnostic& fault : checked.faults) ADD_FAILURE() << toString(fault);
  ASSERT_NE(checked.file, nullptr);
  EXPECT_TRUE(checked.file->has(Action::Capacity));
}

TEST(DocumentedPatterns, NameEveryActionAndParameter) {
  const std::string text = textOf(kSource / "docs/patterns.md");
  for (const Action action : allActions()) {
    EXPECT_NE(text.find("`" + std::string(toString(action)) + "`"), std::string::npos) << toString(action);
  }
  for (const ParameterType& type : parameterTypes()) {
    EXPECT_NE(text.find("| " + std::string(type.name) + " |"), std::string::npos) << type.name;
  }
}

/// Programs that only look, or only make what others then remove.
bool onlyLooks(const std::vector<std::string>& argv) {
  static const std::set<std::string> kLooks{
      "--op show",           "lvs",  "cat /proc", "xenstore-ls", "domstats", "qm config",
      "iscsiadm -m session", "grep", "sleep",     "--op new",    "--op bind"};
  const std::string line = commandLine(argv);
  return std::any_of(kLooks.begin(), kLooks.end(),
                     [&](const std::string& look) { return line.find(look) != std::string::npos; });
}

TEST(DocumentedPatterns, TellOfEachRemovalWhyItCanOnlyHitOurs) {
  std::string text = textOf(kSource / "docs/consistency.md");
  text = text.substr(text.find("## What removes"));
  text = text.substr(0, text.find("\n## "));
  for (const auto& file : shippedFiles()) {
    const auto checked = CommandFile::read(file, Host::VolumeServer);
    Parameters parameters = exampleParameters();
    parameters.set("vmmDev", hostDevice(*checked.file, parameters));
    for (const Action action :
         {Action::VolumeDelete, Action::VolumeCopy, Action::SnapshotDelete, Action::TargetDelete,
          Action::Fence, Action::HostDisconnect, Action::VmDetach}) {
      const std::string row = "| `" + std::string(toString(action)) + "` ";
      for (const ExpandedCommand& command : expand(*checked.file, action, parameters)) {
        if (onlyLooks(command.argv)) continue;
        bool isTold = false;
        for (auto at = text.find(row); at != std::string::npos; at = text.find(row, at + 1)) {
          // The words of the row's first cell: one of them stands in the command.
          std::istringstream cell(text.substr(at + row.size(), text.find(" |", at + 2) - at - row.size()));
          for (std::string word; std::getline(cell, word, '`');)
            isTold =
                isTold || (word.size() > 1 && word != ", " && command.shown.find(word) != std::string::npos);
        }
        EXPECT_TRUE(isTold) << file << ": " << command.key << ": " << command.shown;
      }
    }
  }
}

}  // namespace
}  // namespace vbs::command
