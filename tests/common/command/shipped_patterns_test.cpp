#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "common/command/command_file.h"
#include "common/command/expansion.h"
#include "common/command/file_set.h"
#include "common/command/shipped_patterns.h"

// Every command line of every pattern file that is shipped, word for word. To accept a change, run this
// program with VBS_WRITE_EXPECTED=1 and review the difference.

namespace vbs::command {
namespace {

const std::filesystem::path kExpected = kSource / "tests/common/command/expected";

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

/// A file that includes these parts, and gives them what they need of a site.
/// A file of these parts, with the constants that they have no values for.
std::string madeOf(const std::vector<std::string>& parts) {
  std::string includes;
  for (const std::string& part : parts) includes += "include = " + part + ".properties\n";
  std::string used;
  for (const PlacedProperty& property : readFileSet(includes, kParts / "stack").properties)
    used += property.value;
  std::string constants;
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"volumeGroup", "vbs"},
                                          {"pool", "pool"},
                                          {"initiatorPrefix", "iqn.2009-09.org.vbs"},
                                          {"volumeDirectory", "/v"},
                                          {"tgtSocket", "/t"},
                                          {"vmDirectory", "/vms"},
                                          {"hostname", "host1"}}) {
    if (used.find("<" + name + ">") != std::string::npos) constants += "param." + name + " = " + value + "\n";
  }
  return constants + "param.portal = 192.0.2.10:3260\n" + includes;
}

const std::vector<std::string> kClassicStack{"lvm", "ietadm", "open-iscsi", "xm"};

std::map<std::string, std::string> valuesOf(const FileSet& set) {
  std::map<std::string, std::string> values;
  for (const PlacedProperty& property : set.properties) values[property.key] = property.value;
  return values;
}

TEST(ShippedParts, OfTheClassicStackSayWhatItsOwnFileSays) {
  EXPECT_EQ(valuesOf(readFileSet(madeOf(kClassicStack), kParts / "classic")),
            valuesOf(readFileSet(kSource / "conf/commands.properties")));
}

TEST(ShippedParts, AreEachOfAProfileOrOfTheClassicStack) {
  std::set<std::string> used(kClassicStack.begin(), kClassicStack.end());
  for (const auto& file : shippedFiles()) {
    for (const SeenFile& part : readFileSet(file).files) used.insert(part.path().stem().string());
  }
  for (const auto& part : std::filesystem::directory_iterator(kParts)) {
    EXPECT_TRUE(used.contains(part.path().stem().string())) << part.path();
  }
}

TEST(ShippedParts, GoTogetherAsTheTableSays) {
  std::vector<std::vector<std::string>> stacks{{"files", "tgt-files", "qmp"}};
  for (const char* volumes : {"lvm", "lvm-thin"}) {
    for (const char* targets : {"ietadm", "tgt", "lio"}) {
      stacks.push_back({volumes, targets, "qmp"});
      for (const char* vms : {"xm", "xl", "libvirt", "qm"}) {
        stacks.push_back({volumes, targets, "open-iscsi", vms});
      }
    }
  }
  for (const auto& parts : stacks) {
    for (const Host host : {Host::VolumeServer, Host::VmHost}) {
      for (const Diagnostic& fault : CommandFile::parse(madeOf(parts), kParts / "stack", host).faults) {
        ADD_FAILURE() << toString(fault) << " in " << testing::PrintToString(parts);
      }
    }
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
