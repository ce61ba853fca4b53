#include "common/command/command_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "common/command/expansion.h"
#include "common/model/error.h"

namespace vbs::command {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kVolumes =
    "volume.create = lvcreate -n <volumeId>\n"
    "volume.delete = lvremove <volumeId>\n";

/// The texts of these tests leave out the end of their last line.
std::string ended(const std::string& text) {
  return text.ends_with('\n') ? text : text + "\n";
}

std::vector<std::string> faultsOf(const std::string& text, Host host = Host::VolumeServer) {
  std::vector<std::string> faults;
  for (const Diagnostic& fault : CommandFile::parse(ended(text), "f.properties", host).faults) {
    faults.push_back(toString(fault));
  }
  return faults;
}

/// Of `text` after two good lines, so that its first line is line 3.
std::vector<std::string> faultsAfter(const std::string& text) {
  return faultsOf(kVolumes + text);
}

std::shared_ptr<const CommandFile> good(const std::string& text, Host host = Host::VolumeServer) {
  auto checked = CommandFile::parse(ended(text), "f.properties", host);
  for (const Diagnostic& fault : checked.faults) ADD_FAILURE() << toString(fault);
  return checked.file;
}

TEST(CommandFile, KeepsTheCommandsOfAnActionInTheOrderOfTheirNumbers) {
  const auto file = good(kVolumes + "target.create.2 = b\ntarget.create.1 = a\ntarget.delete = c");
  const auto& commands = file->commands(Action::TargetCreate);
  ASSERT_EQ(commands.size(), 2);
  EXPECT_EQ(commands[0].key, "target.create.1");
  EXPECT_EQ(commands[1].key, "target.create.2");
  EXPECT_TRUE(file->has(Action::VolumeCreate));
  EXPECT_FALSE(file->has(Action::VolumeCopy));
  EXPECT_THAT(file->commands(Action::VolumeCopy), IsEmpty());
}

TEST(CommandFile, SaysWhatItIsWithoutOnPurpose) {
  EXPECT_THAT(good(kVolumes + "removed = vm.attach  list.devices")->removed(),
              ElementsAre(Action::VmAttach, Action::ListDevices));
  EXPECT_THAT(faultsAfter("removed = vm.attch"),
              ElementsAre(HasSubstr("f.properties:3: removed: \"vm.attch\" is no action")));
  EXPECT_THAT(faultsAfter("removed = volume.create"),
              ElementsAre(HasSubstr("removed: names volume.create, which the file has")));
}

TEST(CommandFile, ThatWasCutIsRefusedEvenWhereItsKeysAreGood) {
  const auto checked = CommandFile::parse("volume.create = a\nvolume.delete = b", "f", Host::VolumeServer);
  EXPECT_EQ(checked.file, nullptr);
  ASSERT_EQ(checked.faults.size(), 1U);
  EXPECT_THAT(toString(checked.faults[0]), HasSubstr("f:2: the last line has no end"));
}

TEST(CommandFile, FoldsTheConstantsThatInitiatorNamesAreMadeOfToLowerCase) {
  const auto file =
      good(kVolumes +
           "param.hostname = KVM01\nparam.initiatorPrefix = iqn.2009-09.org.Example\nparam.other = KVM01\n");
  EXPECT_EQ(file->constant("hostname"), "kvm01");
  EXPECT_EQ(file->constant("initiatorPrefix"), "iqn.2009-09.org.example");
  EXPECT_EQ(file->constant("other"), "KVM01");
}

TEST(CommandFile, ThatIsEmptyIsOneFault) {
  const auto checked = CommandFile::parse("\n", "f", Host::VolumeServer);
  ASSERT_EQ(checked.faults.size(), 1U);
  EXPECT_EQ(toString(checked.faults[0]), "f: is empty");
}

TEST(CommandFile, NamesLineAndColumnOfACharacterThatLooksLikeAnother) {
  const auto checked =
      CommandFile::parse("volume.create = a \u2013b\nvolume.delete = b\n", "f", Host::VolumeServer);
  ASSERT_EQ(checked.faults.size(), 1U);
  EXPECT_EQ(toString(checked.faults[0]), "f:1:19: U+2013, an en dash, is not the - or -- that it looks like");
}

TEST(CommandFile, APropertyOfANumberedCommandWinsOverTheActions) {
  const auto file = good(kVolumes +
                         "target.create.1 = a\ntarget.create.2 = b\ntarget.delete = c\n"
                         "target.create.timeout = 5s\ntarget.create.2.timeout = 7s\n"
                         "target.create.ok-exit = 0, 15\ntarget.create.1.ok-exit = 3");
  const auto& commands = file->commands(Action::TargetCreate);
  EXPECT_EQ(commands[0].timeout, 5s);
  EXPECT_EQ(commands[1].timeout, 7s);
  EXPECT_THAT(commands[0].okExit, ElementsAre(3));
  EXPECT_THAT(commands[1].okExit, ElementsAre(0, 15));
  EXPECT_EQ(file->commands(Action::TargetDelete)[0].timeout, 30s);
}

TEST(CommandFile, GivesCopiesALongDeadline) {
  EXPECT_EQ(good(kVolumes + "volume.copy = dd")->commands(Action::VolumeCopy)[0].timeout, 24h);
}

TEST(CommandFile, ReportsEveryFaultAtOnceInTheOrderOfLines) {
  EXPECT_THAT(
      faultsOf("volume.create = lvcreate <volumId>\n"
               "volume.delete = lvremove 'x\n"
               "volume.create.timout = 5s\n"
               "nonsense\n"
               "volume.create.ok-stderr = (\n"),
      ElementsAre("f.properties:1: volume.create: unknown parameter <volumId>; did you mean <volumeId>?",
                  "f.properties:2: volume.delete: unbalanced quote '",
                  "f.properties:3: volume.create.timout: unknown key; did you mean volume.create.timeout?",
                  HasSubstr("f.properties:4: expected key = value"),
                  HasSubstr("f.properties:5: volume.create.ok-stderr: bad regular expression")));
}

TEST(CommandFile, RequiresTheKeysOfItsHost) {
  EXPECT_THAT(faultsOf("param.a = b\n", Host::VolumeServer),
              ElementsAre("f.properties: volume.create: is missing; a volume server needs it",
                          "f.properties: volume.delete: is missing; a volume server needs it"));
  EXPECT_THAT(faultsOf("param.a = b\n", Host::VmHost),
              ElementsAre("f.properties: host.device: is missing; a VM host needs it"));
  EXPECT_THAT(faultsOf("host.device = /dev/<volumeId>", Host::VmHost), IsEmpty());
}

TEST(CommandFile, RequiresBothOfAPair) {
  for (const auto& [one, other] :
       std::vector<std::pair<std::string, std::string>>{{"target.create", "target.delete"},
                                                        {"target.delete", "target.create"},
                                                        {"host.connect", "host.disconnect"},
                                                        {"host.disconnect", "host.connect"},
                                                        {"vm.attach", "vm.detach"},
                                                        {"vm.detach", "vm.attach"},
                                                        {"snapshot.delete", "snapshot.create"}}) {
    EXPECT_THAT(faultsAfter(one + " = x"),
                ElementsAre(fmt::format(
                    "f.properties: {}: is missing; {} is there, and each undoes the other", other, one)))
        << one;
  }
}

TEST(CommandFile, SnapshotsNeedAWayBackToAVolume) {
  const std::string snapshots = "snapshot.create = a\nsnapshot.delete = b\n";
  EXPECT_THAT(faultsAfter(snapshots),
              ElementsAre(HasSubstr("volume.copy: is missing, and so is volume.clone")));
  EXPECT_THAT(faultsAfter(snapshots + "volume.copy = c"), IsEmpty());
  EXPECT_THAT(faultsAfter(snapshots + "volume.clone = c"), IsEmpty());
}

TEST(CommandFile, CommandsAreNumberedFromOneWithoutGaps) {
  EXPECT_THAT(faultsAfter("fence.2 = a"),
              ElementsAre(HasSubstr("f.properties:3: fence.2: fence.1 is missing")));
  EXPECT_THAT(faultsAfter("fence.1 = a\nfence.3 = a"),
              ElementsAre(HasSubstr("f.properties:4: fence.3: fence.2 is")));
  EXPECT_THAT(faultsAfter("fence = a\nfence.1 = a"),
              ElementsAre(HasSubstr("f.properties:4: fence.1: fence is given without a number on line 3")));
  for (const char* number : {"0", "01", "-1", "x", "1.1"}) {
    EXPECT_THAT(faultsAfter(std::string("fence.") + number + " = a"), Contains(HasSubstr("unknown key")))
        << number;
  }
  EXPECT_THAT(faultsAfter("fence.100 = a"), Contains(HasSubstr("at most 99 commands")));
}

TEST(CommandFile, SuggestsTheNearestKeyWithItsNumber) {
  EXPECT_THAT(faultsAfter("vm.atach.2.timeout = 5s"),
              ElementsAre(HasSubstr("did you mean vm.attach.2.timeout?")));
  EXPECT_THAT(faultsAfter("host.devise = /x"), ElementsAre(HasSubstr("did you mean host.device?")));
  EXPECT_THAT(faultsAfter("something.else.entirely = /x"),
              ElementsAre(HasSubstr("unknown key; see the list of actions")));
}

TEST(CommandFile, APropertyNeedsItsCommand) {
  EXPECT_THAT(faultsAfter("fence.timeout = 5s"),
              ElementsAre(HasSubstr("3: fence.timeout: there is no command fence")));
  EXPECT_THAT(faultsAfter("fence = x\nfence.1.timeout = 5s"),
              ElementsAre(HasSubstr("fence.1.timeout: there is no")));
}

TEST(CommandFile, PropertiesAreChecked) {
  EXPECT_THAT(faultsAfter("volume.create.timeout = 5"), ElementsAre(HasSubstr("\"5\" is no duration")));
  for (const char* bad : {"x", "-1", "256", "1,,2", ""}) {
    EXPECT_THAT(faultsAfter(std::string("volume.create.ok-exit = ") + bad),
                ElementsAre(HasSubstr("is no exit code")))
        << bad;
  }
  EXPECT_THAT(faultsAfter("volume.create.progress = (?<percent>x)"),
              ElementsAre(HasSubstr("only volume.copy")));
  EXPECT_THAT(faultsAfter("volume.copy = x\nvolume.copy.progress = (?<part>x)"),
              ElementsAre(HasSubstr("either copiedBytes or percent")));
  EXPECT_THAT(faultsAfter("volume.create.output = x"), ElementsAre(HasSubstr("has no named group")));
}

TEST(CommandFile, ListingsNeedTheirGroups) {
  EXPECT_THAT(faultsAfter("list.volumes = lvs"), ElementsAre(HasSubstr("needs list.volumes.output")));
  EXPECT_THAT(faultsAfter("list.volumes = lvs\nlist.volumes.output = (?<name>x)"),
              ElementsAre(HasSubstr("unknown group name; known are volumeId")));
  EXPECT_THAT(faultsAfter("list.snapshots = lvs\nlist.snapshots.output = (?<volumeId>x)"),
              ElementsAre(HasSubstr("needs the group snapshotId")));
  EXPECT_THAT(faultsAfter("list.sessions = x\nlist.sessions.output = (?<volumeId>x)"), IsEmpty());
  EXPECT_THAT(
      faultsAfter("capacity = vgs\ncapacity.output = (?<totalBytes>x)"),
      ElementsAre(HasSubstr("needs the groups totalBytes and one of freeBytes, usedBytes and usedPercent")));
}

TEST(CommandFile, TheConstantOfAPortalHasPartsToo) {
  const auto file = good(kVolumes +
                         "param.portal = [2001:db8::1]:3260\nlist.volumes = x <portalAddress>\n"
                         "list.volumes.output = (?<volumeId>x)");
  EXPECT_EQ(file->constant("portalAddress"), "2001:db8::1");
  EXPECT_EQ(file->constant("portalPort"), "3260");
  EXPECT_THAT(faultsAfter("param.portalAddress = x"), ElementsAre(HasSubstr("would shadow")));
}

TEST(CommandFile, OnlyListingsHaveLinesToIgnoreAndNoneMayIgnoreThemAll) {
  const std::string list = "list.volumes = lvs\nlist.volumes.output = (?<volumeId>x)\n";
  EXPECT_THAT(faultsAfter(list + "list.volumes.ignore = ^LV$\nlist.volumes.record = ^\\S"), IsEmpty());
  EXPECT_THAT(faultsAfter("volume.create.ignore = ^LV$"), ElementsAre(HasSubstr("only list.* and capacity")));
  EXPECT_THAT(faultsAfter("volume.create.record = ^LV$"), ElementsAre(HasSubstr("only list.* and capacity")));
  for (const char* all : {".*", "^", "^\\s*", "^(?!vol-)"}) {
    EXPECT_THAT(faultsAfter(list + "list.volumes.ignore = " + all),
                ElementsAre(HasSubstr("found in any line")))
        << all;
  }
}

TEST(CommandFile, ConstantsMayUseEarlierConstants) {
  const auto file = good(kVolumes + "param.a = x y\nparam.b = <a>/\\<b>\n");
  EXPECT_EQ(file->constant("b"), "x y/<b>");
  EXPECT_EQ(file->constant("c"), std::nullopt);
  EXPECT_THAT(faultsAfter("param.b = <a>\nparam.a = x"),
              ElementsAre(HasSubstr("3: param.b: <a> is no constant given above")));
  EXPECT_THAT(faultsAfter("param.a ="), ElementsAre(HasSubstr("3: param.a: no value")));
  EXPECT_THAT(faultsAfter("param.1 = x"), ElementsAre(HasSubstr("is no name")));
}

TEST(CommandFile, ABadConstantIsOneFaultHoweverOftenItIsUsed) {
  EXPECT_THAT(faultsAfter("param.a =\nfence.1 = x <a>\nfence.2 = y <a>"),
              ElementsAre(HasSubstr("param.a: no value")));
}

TEST(CommandFile, AConstantMayNotShadowWhatACallGives) {
  EXPECT_THAT(faultsAfter("param.volumeId = x"), ElementsAre(HasSubstr("would shadow <volumeId>")));
  EXPECT_THAT(faultsAfter("fence = x\nfence.output = (?<vmId>x)"),
              ElementsAre(HasSubstr("group vmId would shadow <vmId>")));
}

TEST(CommandFile, PortalAndLunMayBeConstantsAndTheCallsValuesWin) {
  const auto file =
      good("param.portal = 192.0.2.10:3260\nparam.lun = 1\nhost.device = /dev/ip-<portal>-lun-<lun>",
           Host::VmHost);
  EXPECT_EQ(hostDevice(*file, {}), "/dev/ip-192.0.2.10:3260-lun-1");
  Parameters parameters;
  parameters.set("lun", "2");
  EXPECT_EQ(hostDevice(*file, parameters), "/dev/ip-192.0.2.10:3260-lun-2");
  EXPECT_THAT(faultsAfter("param.portal = nowhere"),
              ElementsAre(HasSubstr("3: param.portal: <portal>: \"nowhere\" is refused")));
}

TEST(CommandFile, CapturedGroupsAreKnownToLaterCommandsOnly) {
  const std::string tail = "host.disconnect = d\nhost.device = <dev>\nvm.attach = a <dev>\nvm.detach = b\n";
  EXPECT_THAT(
      faultsOf("host.connect.1 = x\nhost.connect.2 = y <dev>\nhost.connect.1.output = (?<dev>.+)\n" + tail,
               Host::VmHost),
      IsEmpty());
  EXPECT_THAT(
      faultsOf("host.connect.1 = x <dev>\nhost.connect.2 = y\nhost.connect.2.output = (?<dev>.+)\n" + tail,
               Host::VmHost),
      ElementsAre(HasSubstr("1: host.connect.1: unknown parameter <dev>")));
}

TEST(CommandFile, ADetachCannotKnowWhatConnectingFoundOut) {
  EXPECT_THAT(faultsOf("host.connect = x\nhost.connect.output = (?<dev>.+)\nhost.disconnect = y\n"
                       "host.device = <dev>\nvm.attach = a <vmmDev>\nvm.detach = b <vmmDev>",
                       Host::VmHost),
              ElementsAre(HasSubstr("6: vm.detach: <vmmDev> is not known at a detach")));
}

TEST(CommandFile, HostDeviceHasADeadlineForItsPath) {
  const auto file = good("host.device = /dev/<volumeId>\nhost.device.timeout = 5s", Host::VmHost);
  EXPECT_EQ(file->hostDevice()->timeout, 5s);
  EXPECT_THAT(faultsAfter("host.device.timeout = 5s"), ElementsAre(HasSubstr("there is no host.device")));
}

TEST(CommandFile, AnUnreadableFileIsAFault) {
  const auto missing = CommandFile::read("/nonexistent/f.properties", Host::VmHost);
  ASSERT_EQ(missing.faults.size(), 1);
  EXPECT_EQ(toString(missing.faults[0]),
            "/nonexistent/f.properties: cannot be read: No such file or directory");
  EXPECT_EQ(CommandFile::read(std::filesystem::temp_directory_path(), Host::VmHost).file, nullptr);
  EXPECT_EQ(CommandFile::read("/dev/zero", Host::VmHost).file, nullptr);
}

TEST(CommandFile, ANamedPipeIsRefusedInsteadOfWaitedFor) {
  std::string directory = std::filesystem::temp_directory_path() / "command-file-XXXXXX";
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  const std::filesystem::path pipe = std::filesystem::path(directory) / "commands.properties";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const auto checked = CommandFile::read(pipe, Host::VmHost);
  std::filesystem::remove_all(directory);
  ASSERT_EQ(checked.faults.size(), 1);
  EXPECT_THAT(toString(checked.faults[0]), HasSubstr("cannot be read: it is a named pipe, not a file"));
}

TEST(CommandFile, AnyTextIsReadOrRefused) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same texts in every run
  const std::vector<std::string> words{"volume.create",
                                       "volume.delete",
                                       "host.device",
                                       "param.",
                                       "a",
                                       ".1",
                                       ".2",
                                       ".timeout",
                                       ".output",
                                       ".ok-exit",
                                       " = ",
                                       "\n",
                                       "<volumeId>",
                                       "<a>",
                                       "(?<a>x)",
                                       "5s",
                                       "'",
                                       "\\",
                                       "\"",
                                       "<",
                                       "list.volumes",
                                       "capacity",
                                       "include",
                                       ".",
                                       "\xff",
                                       "9999999"};
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (auto length = random() % 20; length > 0; --length) text += words[random() % words.size()];
    const auto checked = CommandFile::parse(text, "f", round % 2 == 0 ? Host::VmHost : Host::VolumeServer);
    EXPECT_EQ(checked.file == nullptr, !checked.faults.empty()) << text;
  }
}

TEST(Explain, MasksSecretsAndWhatIsMadeOfThem) {
  const auto file = good(kVolumes +
                         "param.chapPassword = hunter2\nparam.login = me:<chapPassword>\n"
                         "fence = x <login> --password=<chapPassword>");
  const auto commands = expand(*file, Action::Fence, {});
  ASSERT_EQ(commands.size(), 1);
  EXPECT_EQ(commands[0].shown, "x '***' '--password=***'");
  EXPECT_THAT(commands[0].argv, ElementsAre("x", "me:hunter2", "--password=hunter2"));
  EXPECT_EQ(masked("no hunter2, me:hunter2", commands[0].secrets), "no ***, ***");
}

TEST(Explain, LeavesWhatIsYetToBeFoundOutAsItIs) {
  const auto file =
      good(kVolumes + "fence.1 = x\nfence.1.output = (?<sid>.+)\nfence.2 = y <sid> <vmmHostname>");
  EXPECT_EQ(expand(*file, Action::Fence, exampleParameters())[1].shown, "y '<sid>' node1");
}

TEST(Explain, NamesTheParameterThatHasNoValue) {
  try {
    (void)expand(*good(kVolumes), Action::VolumeCreate, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
    EXPECT_STREQ(error.what(),
                 "volume.create: no value for <volumeId>: the call did not give it and the file has "
                 "no param.volumeId");
  }
}

TEST(Explain, HostDeviceMustBeAGoodDevice) {
  const auto file = good("param.dir = /dev/a b\nhost.device = <dir>/<volumeId>", Host::VmHost);
  EXPECT_THROW((void)hostDevice(*file, exampleParameters()), Error);
  EXPECT_THROW((void)hostDevice(*good(kVolumes), exampleParameters()), Error);
}

}  // namespace
}  // namespace vbs::command
