#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "common/command/action_runner.h"
#include "common/command/command_file.h"
#include "common/command/expansion.h"
#include "common/command/process_runner.h"
#include "common/command/shipped_patterns.h"
#include "common/model/error.h"
#include "fakes/fake_command_runner.h"
#include "support/scratch_directory.h"

// What the shipped pattern files make of the listings of their tools.

namespace vbs::command {
namespace {

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
  const auto output = listed(kProfiles / "lvm-lio-libvirt.properties", Action::ListTargets,
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

/// The kernel has no directory of LIO's until its module is loaded, which nobody does after a boot but
/// targetcli.
TEST(LioPatterns, SeeNoTargetsWhereTheModuleIsNotLoaded) {
  const support::ScratchDirectory configfs;
  const auto profile = kProfiles / "lvm-lio-libvirt.properties";
  const std::string site = "param.configfs = " + configfs.path().string() + "\n";
  const auto file = CommandFile::parse(textOf(profile) + site, profile, Host::VolumeServer).file;
  ASSERT_NE(file, nullptr);
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
  const auto checked = CommandFile::read(kProfiles / "userspace.properties", Host::VmHost);
  const auto output = ActionRunner(runner).run(*checked.file, Action::ListDevices, {}, {});
  ASSERT_EQ(output.records.size(), 1);
  EXPECT_EQ(output.records[0].at("volumeId"), "vol-0a1b2c3d");
  EXPECT_EQ(output.firstStrangeLine, "vm2.qmp cannot be asked");
  std::filesystem::remove_all(vms);
}

}  // namespace
}  // namespace vbs::command
