#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/command/command_file.h"
#include "common/command/explain.h"
#include "common/command/parameter_type.h"

// Every command line of every pattern file that is shipped, word for word. To accept a change, run this
// program with VBS_WRITE_EXPECTED=1 and review the difference.

namespace vbs::command {
namespace {

const std::filesystem::path kSource = VBS_SOURCE_DIR;
const std::filesystem::path kExpected = kSource / "tests/common/command/expected";

std::vector<std::filesystem::path> shippedFiles() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kSource / "conf")) {
    if (entry.path().extension() == ".properties") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string textOf(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::string explained(const CommandFile& file) {
  std::ostringstream text;
  Parameters parameters = exampleParameters();
  if (file.hostDevice() != nullptr) parameters.set("vmmDev", hostDevice(file, parameters));
  for (const Action action : allActions()) {
    for (const ExpandedCommand& command : expand(file, action, parameters)) {
      text << command.key << ": " << command.shown << '\n';
      if (command.expect) text << "  expects " << *command.expect << '\n';
      if (command.refuse) text << "  refuses " << *command.refuse << '\n';
      if (command.doneUnless) text << "  goes on with " << *command.doneUnless << '\n';
    }
  }
  if (file.hostDevice() != nullptr) text << "host.device: " << hostDevice(file, parameters) << '\n';
  return text.str();
}

class ShippedPatterns : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(ShippedPatterns, ServeBothHosts) {
  for (const Host host : {Host::VolumeServer, Host::VmHost}) {
    for (const Diagnostic& fault : CommandFile::read(GetParam(), host).faults)
      ADD_FAILURE() << toString(fault);
  }
}

TEST_P(ShippedPatterns, ExpandToTheExpectedCommands) {
  const auto checked = CommandFile::read(GetParam(), Host::VolumeServer);
  ASSERT_NE(checked.file, nullptr);
  const auto expected = kExpected / (GetParam().stem().string() + ".txt");
  const std::string text = explained(*checked.file);
  if (std::getenv("VBS_WRITE_EXPECTED") != nullptr) std::ofstream(expected) << text;
  ASSERT_TRUE(std::filesystem::exists(expected))
      << expected << " is missing: each pattern file in conf/ has its expected command lines there";
  EXPECT_EQ(text, textOf(expected));
}

TEST_P(ShippedPatterns, ReadTheSessionsThatIscsiadmLists) {
  const auto file = CommandFile::read(GetParam(), Host::VmHost).file;
  ASSERT_NE(file, nullptr);
  if (!file->has(Action::ListSessions)) return;  // QEMU logs in by itself
  const auto& output = file->commands(Action::ListSessions)[0].output;
  ASSERT_TRUE(output);
  using Groups = std::map<std::string, std::string>;
  const std::string target = "iqn.2009-09.org.vbs:vol-0a1b2c3d";
  EXPECT_EQ(output->find("tcp: [1] 192.0.2.10:3260,1 " + target + " (non-flash)"),
            (Groups{{"portal", "192.0.2.10:3260"}, {"targetName", target}, {"volumeId", "vol-0a1b2c3d"}}));
  EXPECT_EQ(output->find("tcp: [12] [2001:db8::1]:3260,-1 " + target),
            (Groups{{"portal", "[2001:db8::1]:3260"}, {"targetName", target}, {"volumeId", "vol-0a1b2c3d"}}));
  EXPECT_FALSE(output->find("tcp: [2] 192.0.2.10:3260,1 iqn.2009-09.org.example:backup (non-flash)"));
  EXPECT_FALSE(output->find("iscsiadm: No active sessions."));
}

TEST_P(ShippedPatterns, HaveEveryActionOfTheirStack) {
  const auto file = CommandFile::read(GetParam(), Host::VolumeServer).file;
  ASSERT_NE(file, nullptr);
  for (const Action action :
       {Action::SnapshotCreate, Action::ListVolumes, Action::ListSnapshots, Action::Capacity}) {
    EXPECT_TRUE(file->has(action)) << toString(action);
  }
}

INSTANTIATE_TEST_SUITE_P(Conf, ShippedPatterns, testing::ValuesIn(shippedFiles()), [](const auto& info) {
  std::string name = info.param.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
});

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

TEST(ExpectedCommands, BelongToAShippedFile) {
  const auto files = shippedFiles();
  for (const auto& entry : std::filesystem::directory_iterator(kExpected)) {
    EXPECT_TRUE(std::any_of(files.begin(), files.end(), [&](const auto& file) {
      return file.stem() == entry.path().stem();
    })) << entry.path();
  }
}

}  // namespace
}  // namespace vbs::command
