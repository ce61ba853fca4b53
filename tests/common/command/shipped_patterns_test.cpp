#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "common/command/action_runner.h"
#include "common/command/command_file.h"
#include "common/command/expansion.h"
#include "common/command/parameter_type.h"
#include "common/command/process_runner.h"
#include "common/model/error.h"
#include "fakes/fake_command_runner.h"
#include "support/scratch_directory.h"

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

/// What the file's listing makes of a text of its tool.
ActionOutput listed(const std::filesystem::path& file, Action action, const std::string& text) {
  const auto checked = CommandFile::read(file, Host::VolumeServer);
  FakeCommandRunner runner;
  runner.on("", FakeCommandRunner::prints(text));
  return ActionRunner(runner).run(*checked.file, action, {}, {});
}

using Records = std::vector<std::map<std::string, std::string>>;

bool usesProgram(const std::filesystem::path& file, Action action, const std::string& program) {
  const auto checked = CommandFile::read(file, Host::VolumeServer);
  const auto& commands = checked.file->commands(action);
  if (commands.empty()) return false;
  const auto argv = expand(*checked.file, commands[0], exampleParameters()).argv;
  return std::find(argv.begin(), argv.end(), program) != argv.end();
}

/// An action with the example's parameters, on a host whose commands answer as `runner` was told.
void run(const std::filesystem::path& file, Action action, FakeCommandRunner& runner) {
  const auto checked = CommandFile::read(file, Host::VolumeServer);
  Parameters parameters = exampleParameters();
  parameters.set("vmmDev", hostDevice(*checked.file, parameters));
  ActionRunner(runner).run(*checked.file, action, parameters, {});
}

/// The key of the command at which it fails; nothing when it does not.
std::string whereItFails(const std::filesystem::path& file, Action action, FakeCommandRunner& runner) {
  try {
    run(file, action, runner);
  } catch (const Error& error) {
    return error.command() ? error.command()->action : "without a command";
  }
  return {};
}

/// Runs a command that filters with awk, on `text`: as what tgtadm and xenstore-ls print, and as the files of
/// the stack that it reads.
CommandResult filtered(const Command& command, const std::string& text) {
  const auto directory =
      std::filesystem::path(testing::TempDir()) / ("vbs-filtered-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const auto file = directory / "text";
  std::ofstream(file) << text;
  for (const char* tool : {"tgtadm", "xenstore-ls"}) {
    std::ofstream(directory / tool) << "#!/bin/sh\nexec cat " << file.string() << '\n';
    std::filesystem::permissions(directory / tool, std::filesystem::perms::owner_all);
  }
  std::vector<std::string> argv{"env", "PATH=" + directory.string() + ":/usr/bin:/bin"};
  for (const std::string& argument : command.argv) {
    const bool isFile = argument.starts_with("/proc/") || argument.starts_with("/etc/");
    argv.push_back(isFile ? file.string() : argument);
  }
  FILE* const pipe = popen(commandLine(argv).c_str(), "r");
  std::string out;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
  const int status = pclose(pipe);
  std::filesystem::remove_all(directory);
  return FakeCommandRunner::exits(WEXITSTATUS(status), {}, out);
}

/// A runner whose awk commands see `text`.
void seesIn(FakeCommandRunner& runner, const std::string& text) {
  runner.on("awk", [text](const Command& command) { return filtered(command, text); });
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

TEST_P(ShippedPatterns, SeeNothingStrangeInTheSessionsOfOthers) {
  if (!CommandFile::read(GetParam(), Host::VmHost).file->has(Action::ListSessions)) return;
  const auto output = listed(GetParam(), Action::ListSessions,
                             "tcp: [1] 192.0.2.10:3260,1 iqn.2009-09.org.vbs:vol-0a1b2c3d (non-flash)\n"
                             "tcp: [2] 192.0.2.99:3260,1 iqn.2009-09.org.example:backup (non-flash)\n"
                             "iser: [3] [2001:db8::9]:3260,-1 eui.0123456789abcdef\n");
  EXPECT_EQ(output.records.size(), 1);
  EXPECT_EQ(output.strangeLines, 0) << output.firstStrangeLine;
  EXPECT_EQ(
      listed(GetParam(), Action::ListSessions, "Target: iqn.2009-09.org.vbs:vol-0a1b2c3d\n").strangeLines, 1);
}

/// The kernel has no directory of LIO's until its module is loaded, which nobody does after a boot but
/// targetcli.
TEST(LioPatterns, SeeNoTargetsWhereTheModuleIsNotLoaded) {
  const support::ScratchDirectory configfs;
  std::string text = textOf(kSource / "conf/profiles/lvm-lio-libvirt.properties");
  const std::string path = "= /sys/kernel/config";
  ASSERT_NE(text.find(path), std::string::npos);
  text.replace(text.find(path), path.size(), "= " + configfs.path().string());
  const auto file = CommandFile::parse(text, "lio.properties", Host::VolumeServer).file;
  ProcessRunner runner;
  const auto targets = ActionRunner(runner).run(*file, Action::ListTargets, {}, {});
  EXPECT_TRUE(targets.records.empty());
  EXPECT_EQ(targets.strangeLines, 0) << targets.firstStrangeLine;

  const CommandPattern& look = file->commands(Action::TargetDelete).at(1);
  Command command;
  command.argv = expand(*file, look, exampleParameters()).argv;
  command.timeout = look.timeout;
  const CommandResult looked = runner.run(command);
  EXPECT_EQ(looked.exitCode, 1);
  EXPECT_TRUE(look.okStderr->isFoundIn(looked.err)) << looked.err;
}

TEST_P(ShippedPatterns, TellWhichSessionsDoNotWork) {
  if (!CommandFile::read(GetParam(), Host::VmHost).file->has(Action::ListSessions)) return;
  const auto sessions =
      std::filesystem::path(testing::TempDir()) / ("vbs-sessions-" + std::to_string(getpid()));
  for (const auto& [number, state] :
       std::map<std::string, std::string>{{"1", "LOGGED_IN"}, {"12", "FAILED"}, {"3", "FREE"}}) {
    std::filesystem::create_directories(sessions / ("session" + number));
    std::ofstream(sessions / ("session" + number) / "state") << state << '\n';
  }
  FakeCommandRunner runner;
  const auto listing = [&](int exitCode) {
    runner.on("iscsiadm", [&, exitCode](const Command& command) {
      auto there = command;
      for (std::string& argument : there.argv) {
        if (const auto at = argument.find("/sys/class/iscsi_session"); at != std::string::npos)
          argument.replace(at, 24, sessions.string());
        if (const auto at = argument.find("iscsiadm -m session"); at != std::string::npos)
          argument.replace(at, 19, "tgtadm; exit " + std::to_string(exitCode));
      }
      std::string text;
      for (const char* session : {"[1] 192.0.2.10:3260,1 iqn.2009-09.org.vbs:vol-00000001 (non-flash)",
                                  "[12] 192.0.2.10:3260,1 iqn.2009-09.org.vbs:vol-00000002 (non-flash)",
                                  "[3] [2001:db8::1]:3260,1 iqn.2009-09.org.vbs:vol-00000003",
                                  "[4] 192.0.2.10:3260,1 iqn.2009-09.org.vbs:vol-00000004 (non-flash)",
                                  "[12] 192.0.2.99:3260,1 iqn.2009-09.org.example:backup (non-flash)"})
        text += std::string("tcp: ") + session + '\n';
      return filtered(there, exitCode == 0 ? text : "");
    });
    return ActionRunner(runner).run(*CommandFile::read(GetParam(), Host::VmHost).file, Action::ListSessions,
                                    {}, {});
  };
  const auto output = listing(0);
  EXPECT_EQ(output.strangeLines, 0) << output.firstStrangeLine;
  std::map<std::string, std::string> defects;
  for (const auto& record : output.records) {
    const auto defect = record.find("defect");
    defects[record.at("volumeId")] = defect == record.end() ? "" : defect->second;
  }
  EXPECT_EQ(defects, (std::map<std::string, std::string>{{"vol-00000001", ""},
                                                         {"vol-00000002", "session FAILED"},
                                                         {"vol-00000003", "session FREE"},
                                                         {"vol-00000004", ""}}));
  EXPECT_TRUE(listing(21).records.empty());  // no active sessions
  EXPECT_THROW(listing(6), Error);
  std::filesystem::remove_all(sessions);
}

TEST_P(ShippedPatterns, ReadWhatLvsListsAndFindOtherFormatsStrange) {
  if (!usesProgram(GetParam(), Action::ListVolumes, "lvs")) return;
  const auto volumes = listed(GetParam(), Action::ListVolumes,
                              "pool          107374182400\nroot           10737418240\nsnap-4e5f6a7b   "
                              "1073741824\nvol-0a1b2c3d    5368709120\n");
  EXPECT_EQ(volumes.records, (Records{{{"volumeId", "vol-0a1b2c3d"}, {"sizeBytes", "5368709120"}}}));
  EXPECT_EQ(volumes.strangeLines, 0) << volumes.firstStrangeLine;
  for (const char* strange :
       {R"(      {"report": [)", R"(                  {"lv_name":"vol-0a1b2c3d", "lv_size":"5368709120"})",
        "LVM2_LV_NAME='vol-0a1b2c3d' LVM2_LV_SIZE='5368709120'", "vol-0a1b2c3d|5368709120",
        "vol-0a1b2c3d 5.00g", "vol-0a1b2c3d vol-11111111", "lvs  vol-0a1b2c3d 5368709120",
        "  LV           LSize"}) {
    const auto output = listed(GetParam(), Action::ListVolumes, strange);
    EXPECT_EQ(output.strangeLines, 1) << strange;
    EXPECT_TRUE(output.records.empty()) << strange;
  }
}

TEST_P(ShippedPatterns, ReadTheSnapshotsThatLvsLists) {
  if (!usesProgram(GetParam(), Action::ListSnapshots, "lvs")) return;
  const std::string unknown = GetParam().stem() == "lvm-thin-tgt-libvirt" ? "" : "unknown";
  const auto output = listed(GetParam(), Action::ListSnapshots,
                             "root                       10737418240 " + unknown +
                                 "\n"
                                 "snap-4e5f6a7b vol-0a1b2c3d  5368709120                 \n"
                                 "vol-0a1b2c3d                5368709120 " +
                                 unknown +
                                 "\n"
                                 "vol-11111111  snap-4e5f6a7b 5368709120\n");
  EXPECT_EQ(output.records, (Records{{{"snapshotId", "snap-4e5f6a7b"},
                                      {"volumeId", "vol-0a1b2c3d"},
                                      {"sizeBytes", "5368709120"}}}));
  EXPECT_EQ(output.strangeLines, 0) << output.firstStrangeLine;
  EXPECT_EQ(
      listed(GetParam(), Action::ListSnapshots, "LVM2_LV_NAME='snap-4e5f6a7b' LVM2_ORIGIN=''").strangeLines,
      1);
}

TEST_P(ShippedPatterns, ShowWhatEachTargetServes) {
  if (!usesProgram(GetParam(), Action::ListTargets, "tgtadm")) return;
  const std::string end = GetParam().stem() == "userspace" ? ".img" : "";
  const auto output =
      listed(GetParam(), Action::ListTargets,
             "Target 1: iqn.2009-09.org.vbs:vol-0a1b2c3d\n"
             "    System information:\n        Driver: iscsi\n        State: ready\n"
             "    I_T nexus information:\n    LUN information:\n"
             "        LUN: 0\n            Type: controller\n            Backing store path: None\n"
             "        LUN: 1\n            Type: disk\n"
             "            Backing store path: /dev/vbs/vol-0a1b2c3d" +
                 end +
                 "\n"
                 "            Backing store flags: \n    Account information:\n    ACL information:\n"
                 "Target 2: iqn.2009-09.org.vbs:vol-11111111\n"
                 "        LUN: 0\n            Backing store path: None\n"
                 "Target 3: iqn.2009-09.org.example:backup\n"
                 "            Backing store path: /dev/sdb\n");
  EXPECT_EQ(output.records, (Records{{{"targetId", "1"},
                                      {"targetName", "iqn.2009-09.org.vbs:vol-0a1b2c3d"},
                                      {"volumeId", "vol-0a1b2c3d"}},
                                     {{"targetId", "2"}, {"targetName", "iqn.2009-09.org.vbs:vol-11111111"}},
                                     {{"targetId", "3"}, {"targetName", "iqn.2009-09.org.example:backup"}}}));
  EXPECT_EQ(output.strangeLines, 0) << output.firstStrangeLine;
}

TEST(ShippedProfiles, ShowWhatEachTargetOfIetServes) {
  const auto output = listed(kSource / "conf/commands.properties", Action::ListTargets,
                             "tid:2 name:iqn.2009-09.org.vbs:vol-0a1b2c3d\n"
                             "\tlun:0 state:0 iotype:blockio iomode:wt path:/dev/vbs/vol-0a1b2c3d\n"
                             "tid:1 name:iqn.2009-09.org.example:backup\n");
  EXPECT_EQ(output.records, (Records{{{"targetId", "2"},
                                      {"targetName", "iqn.2009-09.org.vbs:vol-0a1b2c3d"},
                                      {"volumeId", "vol-0a1b2c3d"}},
                                     {{"targetId", "1"}, {"targetName", "iqn.2009-09.org.example:backup"}}}));
  EXPECT_EQ(output.strangeLines, 0) << output.firstStrangeLine;
}

TEST(ShippedProfiles, ShowWhatEachTargetOfLioServes) {
  const auto output = listed(kSource / "conf/profiles/lvm-lio-libvirt.properties", Action::ListTargets,
                             "iqn.2009-09.org.vbs:vol-0a1b2c3d \n"
                             "iqn.2009-09.org.vbs:vol-0a1b2c3d/tpgt_1/lun/lun_1/2f7a1c9b0d "
                             "../../../../../../target/core/iblock_0/vol-0a1b2c3d\n"
                             "iqn.2009-09.org.example:backup \n"
                             "iqn.2009-09.org.example:backup/tpgt_1/lun/lun_0/5e6f "
                             "../../../../../../target/core/fileio_1/backup\n");
  EXPECT_EQ(output.records,
            (Records{{{"targetName", "iqn.2009-09.org.vbs:vol-0a1b2c3d"}},
                     {{"targetName", "iqn.2009-09.org.vbs:vol-0a1b2c3d"}, {"volumeId", "vol-0a1b2c3d"}},
                     {{"targetName", "iqn.2009-09.org.example:backup"}}}));
  EXPECT_EQ(output.strangeLines, 0) << output.firstStrangeLine;
}

/// Target listings in which the number 7, or the name, of the example's target is somebody else's.
std::vector<std::string> listingsOfOthersTargets(bool isIet) {
  const std::string name = *exampleParameters().find("targetName");
  std::vector<std::string> listings;
  for (const auto& [number, other] : std::vector<std::pair<std::string, std::string>>{
           {"7", "iqn.2009-09.org.example:backup"}, {"7", name + "-old"}, {"17", name}, {"70", name}}) {
    listings.push_back(isIet ? "tid:" + number + " name:" + other + "\n"
                             : "Target " + number + ": " + other + "\n    LUN information:\n");
  }
  return listings;
}

TEST_P(ShippedPatterns, NeverReuseOrRemoveATargetOfOthers) {
  const bool isIet = GetParam().stem() == "commands";
  if (!isIet && !usesProgram(GetParam(), Action::ListTargets, "tgtadm")) return;
  for (const std::string& listing : listingsOfOthersTargets(isIet)) {
    FakeCommandRunner runner;
    runner
        .on("--op new",
            FakeCommandRunner::exits(22, isIet ? "-17\n" : "tgtadm: this target already exists\n"))
        .on(isIet ? "cat" : "show", FakeCommandRunner::prints(listing));
    EXPECT_EQ(whereItFails(GetParam(), Action::TargetCreate, runner), "target.create.2") << listing;
    runner.forget();
    EXPECT_EQ(whereItFails(GetParam(), Action::TargetDelete, runner), "") << listing;
    EXPECT_EQ(runner.lines().size(), 1) << listing;
    runner.forget();
    if (isIet) continue;
    EXPECT_EQ(whereItFails(GetParam(), Action::Fence, runner), "") << listing;
    EXPECT_EQ(runner.lines().size(), 1) << listing;
  }
}

TEST_P(ShippedPatterns, ExportOnlyATargetThatServesTheVolumeItself) {
  const bool isIet = GetParam().stem() == "commands";
  if (!isIet && !usesProgram(GetParam(), Action::ListTargets, "tgtadm")) return;
  const std::string name = *exampleParameters().find("targetName");
  const std::string path =
      GetParam().stem() == "userspace" ? "/var/lib/vbs/volumes/vol-0a1b2c3d.img" : "/dev/vbs/vol-0a1b2c3d";
  const auto target = [&](const std::string& number, const std::string& called, const std::string& lun,
                          const std::string& serves) {
    if (isIet)
      return "tid:" + number + " name:" + called + "\n\tlun:" + lun + " state:0 path:" + serves + "\n";
    return "Target " + number + ": " + called +
           "\n        LUN: 0\n            Backing store path: None\n        LUN: " + lun +
           "\n            Backing store path: " + serves + "\n            Backing store flags: \n";
  };
  const std::string other = target("17", "iqn.2009-09.org.example:copy", "1", path);
  for (const auto& [ours, isGood] :
       std::vector<std::pair<std::string, bool>>{{target("7", name, "1", path), true},
                                                 {target("7", name, "1", "/dev/sdb"), false},
                                                 {target("7", name, "1", path + "0"), false},
                                                 {target("7", name, "2", path), false}}) {
    FakeCommandRunner runner;
    runner.on("--op show", FakeCommandRunner::prints(ours + other))
        .on("cat", FakeCommandRunner::prints(ours + other));
    seesIn(runner, ours + other);
    EXPECT_EQ(whereItFails(GetParam(), Action::TargetCreate, runner), isGood ? "" : "target.create.4")
        << ours;
  }
}

/// What xenstore-ls says of two domains, of which `owner` has the example's volume as its second disk.
std::string xenstoreOf(const std::filesystem::path& file, const std::string& owner,
                       const std::string& names) {
  const std::string disk = hostDevice(*CommandFile::read(file, Host::VmHost).file, exampleParameters());
  return names + "/local/domain/0/backend/vbd/3/51712/params = \"/dev/xen/root\"\n" +
         "/local/domain/0/backend/vbd/4/51712/params = \"" + disk + "0\"\n" + "/local/domain/0/backend/vbd/" +
         owner + "/51728/params = \"" + disk + "\"\n" + "/local/domain/0/backend/vbd/" + owner +
         "/51728/dev = \"xvdb\"\n";
}

TEST_P(ShippedPatterns, TakeFromAXenVmTheVolumeByItsNumberAndNothingElse) {
  if (!usesProgram(GetParam(), Action::ListDevices, "xenstore-ls")) return;
  const std::string names = "/local/domain/3/name = \"vm1\"\n/local/domain/4/name = \"vm10\"\n";
  FakeCommandRunner runner;
  seesIn(runner, xenstoreOf(GetParam(), "3", names));
  run(GetParam(), Action::VmDetach, runner);
  ASSERT_EQ(runner.lines().size(), 3);
  EXPECT_TRUE(runner.lines()[1].ends_with(" block-detach 3 51728")) << runner.lines()[1];
  EXPECT_EQ(whereItFails(GetParam(), Action::VmAttach, runner), "");

  runner.forget();  // another VM has it
  seesIn(runner, xenstoreOf(GetParam(), "4", names));
  run(GetParam(), Action::VmDetach, runner);
  EXPECT_EQ(runner.lines().size(), 1);
  EXPECT_EQ(whereItFails(GetParam(), Action::VmAttach, runner), "vm.attach.2");

  runner.forget();  // the VM ends, and its disk is still there
  seesIn(runner, xenstoreOf(GetParam(), "3", "/local/domain/4/name = \"vm10\"\n"));
  run(GetParam(), Action::VmDetach, runner);
  EXPECT_EQ(runner.lines().size(), 3);

  runner.forget();  // the store cannot be read: nothing is said to be gone
  runner.on("awk", [](const Command& command) {
    auto argv = command;
    for (std::string& argument : argv.argv) {
      if (const auto at = argument.find("xenstore-ls"); at != std::string::npos)
        argument.replace(at, 11, "false");
    }
    return filtered(argv, {});
  });
  EXPECT_EQ(whereItFails(GetParam(), Action::VmDetach, runner), "vm.detach.1");
}

/// What is in a file and under a directory of a test's own, /sys/kernel/config being there.
class LioBackstores {
public:
  LioBackstores() { std::filesystem::create_directories(directory_ / "target/core"); }
  ~LioBackstores() { std::filesystem::remove_all(directory_); }

  void has(const std::string& place, const std::string& udevPath) const {
    std::filesystem::create_directories(directory_ / "target/core" / place);
    std::ofstream(directory_ / "target/core" / place / "udev_path") << udevPath;
  }

  /// find runs for real, everything else succeeds.
  void answer(FakeCommandRunner& runner) const {
    const std::string target = "../../target/iscsi/iqn.2009-09.org.vbs:vol-0a1b2c3d/tpgt_1";
    runner.on("tpgt_1/lun/", FakeCommandRunner::prints("../../target/core/iblock_0/vol-0a1b2c3d\n"));
    runner.on("tpgt_1/acls/", FakeCommandRunner::prints("0\n" + target + "/lun/lun_1\n"));
    runner.on("target/core", [this](const Command& command) {
      auto there = command;
      for (std::string& argument : there.argv) {
        if (argument.starts_with("/sys/kernel/config")) argument.replace(0, 18, directory_.string());
      }
      return filtered(there, {});
    });
  }

private:
  std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) / ("vbs-configfs-" + std::to_string(getpid()));
};

TEST(ShippedProfiles, ServeAndDeleteOnlyALioBackstoreOfTheVolume) {
  const auto file = kSource / "conf/profiles/lvm-lio-libvirt.properties";
  struct Case {
    std::string place, udevPath;
    bool isServed, isDeleted;
  };
  for (const Case& each :
       std::vector<Case>{{"iblock_0/vol-0a1b2c3d", "/dev/vbs/vol-0a1b2c3d\n", true, true},
                         {"iblock_0/vol-0a1b2c3d", "", false, true},  // half made
                         {"iblock_0/vol-0a1b2c3d", "/dev/sdb\n", false, false},
                         {"iblock_0/vol-0a1b2c3d", "/dev/vbs/vol-0a1b2c3d0\n", false, false},
                         {"iblock_0/vol-0a1b2c3", "/dev/vbs/vol-0a1b2c3d\n", false, false},
                         {"fileio_0/vol-0a1b2c3d", "/dev/vbs/vol-0a1b2c3d\n", false, false}}) {
    LioBackstores backstores;
    backstores.has(each.place, each.udevPath);
    FakeCommandRunner runner;
    backstores.answer(runner);
    EXPECT_EQ(whereItFails(file, Action::TargetCreate, runner), each.isServed ? "" : "target.create.4")
        << each.place << ' ' << each.udevPath;
    runner.forget();
    run(file, Action::TargetDelete, runner);
    EXPECT_EQ(runner.lines().back().ends_with("/backstores/block delete vol-0a1b2c3d"), each.isDeleted)
        << each.place << ' ' << each.udevPath;
  }
}

TEST(ShippedProfiles, LeaveNoLioBackstoreBecauseItCouldNotBeLookedAt) {
  FakeCommandRunner runner;
  runner.on("target/core", FakeCommandRunner::exits(1, "find: cannot be read\n"));
  const auto file = kSource / "conf/profiles/lvm-lio-libvirt.properties";
  // It would be run again for 10 s.
  std::string text = textOf(file);
  text.replace(text.find("target.delete.retry = 10s"), 25, "target.delete.retry = 1ms");
  const auto checked = CommandFile::parse(text, "f", Host::VolumeServer);
  EXPECT_THROW(ActionRunner(runner).run(*checked.file, Action::TargetDelete, exampleParameters(), {}), Error);
  runner.on("target/core", FakeCommandRunner::exits(
                               1, "find: '/sys/kernel/config/target/core': No such file or directory\n"));
  ActionRunner(runner).run(*checked.file, Action::TargetDelete, exampleParameters(), {});
}

TEST(ShippedProfiles, LetALioHostInBeforeItCanReachTheTarget) {
  LioBackstores backstores;
  backstores.has("iblock_0/vol-0a1b2c3d", "/dev/vbs/vol-0a1b2c3d\n");
  FakeCommandRunner runner;
  backstores.answer(runner);
  run(kSource / "conf/profiles/lvm-lio-libvirt.properties", Action::TargetCreate, runner);
  const auto lines = runner.lines();
  const auto placeOf = [&](const std::string& part) {
    return std::find_if(lines.begin(), lines.end(),
                        [&](const std::string& line) { return line.find(part) != std::string::npos; }) -
           lines.begin();
  };
  EXPECT_LT(placeOf("auto_add_default_portal=false auto_enable_tpgt=false"), placeOf("/iscsi create"));
  EXPECT_LT(placeOf("luns create"), placeOf("acls create"));
  EXPECT_LT(placeOf("generate_node_acls"), placeOf("tpgt_1/enable"));
  EXPECT_LT(placeOf("find /sys/kernel/config/target/iscsi/"), placeOf("tpgt_1/enable"));
  EXPECT_LT(placeOf("tpgt_1/enable"), placeOf("portals create 0.0.0.0 3260"));
  EXPECT_EQ(placeOf("portals create"), static_cast<std::ptrdiff_t>(lines.size()) - 1);
}

TEST(ShippedProfiles, PutNoVolumeInThePlaceOfAProxmoxVmsDisk) {
  const auto file = kSource / "conf/profiles/proxmox.properties";
  const std::string disk = hostDevice(*CommandFile::read(file, Host::VmHost).file, exampleParameters());
  enum class Slot { Free, Ours, Taken };
  for (const auto& [text, slot] : std::vector<std::pair<std::string, Slot>>{
           {"memory: 512\nscsi1: local:vm-100-disk-0,size=8G\n", Slot::Free},
           {"xvdb: " + disk + "\n", Slot::Ours},
           {"xvdb: " + disk + ",size=5G\n", Slot::Ours},
           {"xvdb: local:vm-100-disk-1,size=8G\n", Slot::Taken},
           {"xvdb: " + disk + "0,size=5G\n", Slot::Taken},
           {"memory: 512\n\n[nightly]\nxvdb: local:vm-100-disk-1,size=8G\n", Slot::Free},
           {"memory: 512\n\n[nightly]\nxvdb: " + disk + "\n", Slot::Free}}) {
    FakeCommandRunner runner;
    seesIn(runner, text);
    EXPECT_EQ(whereItFails(file, Action::VmAttach, runner), slot == Slot::Taken ? "vm.attach.1" : "") << text;
    EXPECT_EQ(runner.lines().back().starts_with("qm set"), slot == Slot::Free) << text;
  }
}

TEST_P(ShippedPatterns, NeverReuseOrRemoveASnapshotOfAnotherVolume) {
  if (!usesProgram(GetParam(), Action::SnapshotDelete, "lvs")) return;
  FakeCommandRunner runner;  // lvs finds none of that name and volume
  runner.on("lvcreate",
            FakeCommandRunner::exits(5, "Logical Volume \"x\" already exists in volume group \"vbs\"\n"));
  EXPECT_EQ(whereItFails(GetParam(), Action::SnapshotCreate, runner), "snapshot.create.2");
  runner.forget();
  run(GetParam(), Action::SnapshotDelete, runner);
  EXPECT_EQ(runner.lines().size(), 1);
  runner.on("lvs", FakeCommandRunner::prints("  snap-4e5f6a7b\n"));
  run(GetParam(), Action::SnapshotCreate, runner);
  runner.forget();
  run(GetParam(), Action::SnapshotDelete, runner);
  EXPECT_EQ(runner.lines().back(), "lvremove --yes vbs/snap-4e5f6a7b");
}

TEST_P(ShippedPatterns, TakeFromAVmOnlyTheDeviceItself) {
  if (!usesProgram(GetParam(), Action::ListDevices, "virsh")) return;
  const std::string other =
      hostDevice(*CommandFile::read(GetParam(), Host::VmHost).file, exampleParameters()) + "0";
  FakeCommandRunner runner;
  runner.on("domstats", FakeCommandRunner::prints("Domain: 'vm1'\n  block.1.path=" + other + "\n"));
  EXPECT_EQ(whereItFails(GetParam(), Action::VmAttach, runner), "vm.attach.2");
  runner.forget();
  EXPECT_EQ(whereItFails(GetParam(), Action::VmDetach, runner), "");
  EXPECT_EQ(runner.lines().size(), 1);
}

TEST_P(ShippedPatterns, SeeAVolumeBehindASnapshotOfItsVm) {
  if (!usesProgram(GetParam(), Action::ListDevices, "virsh")) return;
  const std::string device =
      "/dev/disk/by-path/ip-192.0.2.10:3260-iscsi-iqn.2009-09.org.vbs:vol-0a1b2c3d-lun-1";
  const auto output =
      listed(GetParam(), Action::ListDevices,
             "Domain: 'vm1'\n  block.count=3\n  block.0.name=vda\n  block.0.path=/img/root\n"
             "  block.1.name=vdb\n  block.1.backingIndex=0\n  block.1.path=/img/vm1-vdb.nightly\n"
             "  block.2.name=vdb\n  block.2.backingIndex=1\n  block.2.path=" +
                 device + "\n\n");
  EXPECT_EQ(output.records, (Records{{{"vmmDev", device}, {"volumeId", "vol-0a1b2c3d"}}}));
  EXPECT_EQ(output.strangeLines, 0) << output.firstStrangeLine;
}

TEST_P(ShippedPatterns, ReadTheDisksThatXenLists) {
  if (!usesProgram(GetParam(), Action::ListDevices, "xenstore-ls")) return;
  const auto output = listed(GetParam(), Action::ListDevices,
                             "/local/domain/0/backend/vbd = \"\"\n/local/domain/0/backend/vbd/3 = \"\"\n"
                             "/local/domain/0/backend/vbd/3/51712 = \"\"\n"
                             "/local/domain/0/backend/vbd/3/51712/params = \"/dev/xen/root\"\n"
                             "/local/domain/0/backend/vbd/3/51728/params = \"/dev/vol-0a1b2c3d\"\n");
  EXPECT_EQ(output.records,
            (Records{{{"vmId", "3"}, {"vmmDev", "/dev/vol-0a1b2c3d"}, {"volumeId", "vol-0a1b2c3d"}}}));
  EXPECT_EQ(output.strangeLines, 0) << output.firstStrangeLine;
}

TEST(ShippedProfiles, ListTheQemusThatAnswerBesideOneThatHangs) {
  const auto vms = std::filesystem::path(testing::TempDir()) / ("vbs-vms-" + std::to_string(getpid()));
  std::filesystem::create_directories(vms);
  for (const char* vm : {"vm1.qmp", "vm2.qmp", "vm3.qmp", "vm3.log"}) std::ofstream(vms / vm) << vm;
  const auto tool = vms / "vbs-qmp";
  std::ofstream(tool) << "#!/bin/sh\ncase $* in *vm2.qmp) exit 1;; *vm1.qmp)\n"
                         "printf 'vm1\\txvdb\\tvol-0a1b2c3d\\tiscsi://x\\n';; esac\n";
  std::filesystem::permissions(tool, std::filesystem::perms::owner_all);
  FakeCommandRunner runner;
  runner.on("", [&](const Command& command) {
    auto there = command;
    for (std::string& argument : there.argv) {
      if (argument == "/run/vbs/vms/") argument = vms.string() + "/";
      if (argument == "vbs-qmp") argument = tool.string();
    }
    return filtered(there, {});
  });
  const auto checked = CommandFile::read(kSource / "conf/profiles/userspace.properties", Host::VmHost);
  const auto output = ActionRunner(runner).run(*checked.file, Action::ListDevices, {}, {});
  ASSERT_EQ(output.records.size(), 1);
  EXPECT_EQ(output.records[0].at("volumeId"), "vol-0a1b2c3d");
  EXPECT_EQ(output.firstStrangeLine, "vm2.qmp cannot be asked");
  std::filesystem::remove_all(vms);
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
