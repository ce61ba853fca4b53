#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "common/command/action_runner.h"
#include "common/command/command_file.h"
#include "common/command/expansion.h"
#include "common/command/shipped_patterns.h"
#include "common/model/error.h"
#include "fakes/fake_command_runner.h"

// That the shipped pattern files reuse, give to VMs and remove nothing but what is the volume's.

namespace vbs::command {
namespace {

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
  const auto file = kProfiles / "lvm-lio-libvirt.properties";
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
  const auto file = kProfiles / "lvm-lio-libvirt.properties";
  // It would be run again for 10 s.
  const std::string text = textOf(file) + "target.delete.retry = 1ms\n";
  const auto checked = CommandFile::parse(text, file, Host::VolumeServer);
  ASSERT_NE(checked.file, nullptr);
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
  run(kProfiles / "lvm-lio-libvirt.properties", Action::TargetCreate, runner);
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
  const auto file = kProfiles / "proxmox.properties";
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

}  // namespace
}  // namespace vbs::command
