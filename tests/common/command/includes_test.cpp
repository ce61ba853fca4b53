#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/command/command_file.h"
#include "common/command/expansion.h"
#include "support/scratch_directory.h"

// Pattern files that include others: what holds, and what is a fault, told with the place where it stands.

namespace vbs::command {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kVolumes = "volume.create = create <volumeId>\nvolume.delete = delete <volumeId>\n";

class Includes : public testing::Test {  // NOLINT(cppcoreguidelines-virtual-class-destructor)
protected:
  Includes() { std::filesystem::create_directories(directory_.path() / "parts"); }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    return directory_.write(name, text);
  }

  std::filesystem::path path(const std::string& name) const { return directory_.path() / name; }

  CheckedCommandFile read() const {
    return CommandFile::read(path("commands.properties"), Host::VolumeServer);
  }

  /// Of commands.properties, without the name of the directory.
  std::vector<std::string> faults() const {
    const std::string directory = directory_.path().string() + "/";
    std::vector<std::string> faults;
    for (const Diagnostic& diagnostic : read().faults) {
      std::string& fault = faults.emplace_back(toString(diagnostic));
      for (auto at = fault.find(directory); at != std::string::npos; at = fault.find(directory)) {
        fault.erase(at, directory.size());
      }
    }
    return faults;
  }

  std::shared_ptr<const CommandFile> good() const {
    EXPECT_THAT(faults(), IsEmpty());
    return read().file;
  }

  /// The command line of volume.create.
  std::string created() const {
    const auto file = good();
    return file ? expand(*file, Action::VolumeCreate, exampleParameters()).at(0).shown : "";
  }

private:
  support::ScratchDirectory directory_;
};

TEST_F(Includes, AreLookedForWhereTheFileIsThatSaysThem) {
  write("parts/volumes.properties", "include = ../lower.properties\nvolume.create = create <size>\n");
  write("lower.properties", "volume.delete = delete\nparam.size = big\n");
  write("commands.properties", "include = parts/volumes.properties\n");
  EXPECT_EQ(created(), "create big");
  write("commands.properties", "include = " + path("parts/../parts/volumes.properties").string() + "\n");
  EXPECT_EQ(created(), "create big");
  write("commands.properties", "include = parts/\\\n    volumes.properties\n");
  EXPECT_EQ(created(), "create big");
}

TEST_F(Includes, OfALinkAreThoseOfTheFileThatItLeadsTo) {
  write("parts/profile.properties", "include = volumes.properties\n");
  write("parts/volumes.properties", kVolumes);
  std::filesystem::create_symlink("parts/profile.properties", path("commands.properties"));
  EXPECT_EQ(created(), "create vol-0a1b2c3d");
}

TEST_F(Includes, OfATextAreLookedForBesideTheFileItIsOf) {
  write("volumes.properties", kVolumes);
  const auto checked =
      CommandFile::parse("include = volumes.properties\n", path("none.properties"), Host::VolumeServer);
  EXPECT_NE(checked.file, nullptr);
}

TEST_F(Includes, SayNothingAgainstTheFileItself) {
  write("parts/lower.properties", kVolumes + "volume.create.timeout = 1s\nvolume.delete.timeout = 1s\n");
  write("parts/upper.properties", "include = lower.properties\nvolume.create = upper\n");
  for (const char* text : {"include = parts/upper.properties\nvolume.create.timeout = 3s\n",
                           "volume.create.timeout = 3s\ninclude = parts/upper.properties\n"}) {
    write("commands.properties", text);
    EXPECT_EQ(created(), "upper") << text;
    const auto file = good();
    EXPECT_EQ(file->commands(Action::VolumeCreate).at(0).timeout, 3s) << text;
    EXPECT_EQ(file->commands(Action::VolumeDelete).at(0).timeout, 1s) << text;
  }
}

TEST_F(Includes, SayNothingAgainstEachOtherUnlessTheFileItselfSaysWhatHolds) {
  write("parts/a.properties", kVolumes + "param.size = 1\n");
  write("parts/b.properties", "# b\nparam.size = 1\n");
  write("parts/c.properties", "param.size = 2\n");
  const std::string all =
      "include = parts/a.properties\ninclude = parts/b.properties\ninclude = parts/c.properties\n";
  write("commands.properties", all);
  const std::string rest =
      ": param.size: is given at parts/a.properties:3 too, and commands.properties includes both; give it "
      "there to say which of them holds";
  EXPECT_THAT(faults(), ElementsAre("parts/b.properties:2" + rest, "parts/c.properties:1" + rest));
  write("commands.properties", all + "param.size = 3\nvolume.create = create <size>\n");
  EXPECT_EQ(good()->constant("size"), "3");
}

TEST_F(Includes, GiveAKeyOnceInEachFile) {
  write("parts/a.properties", kVolumes + "param.size = 1\nparam.size = 1\n");
  write("commands.properties", "include = parts/a.properties\n");
  EXPECT_THAT(faults(),
              ElementsAre("parts/a.properties:4: param.size: given a second time, first on line 3"));
}

TEST_F(Includes, ThatAreReachedInTwoWaysSayTheSameBothTimes) {
  write("parts/lower.properties", kVolumes + "param.size = 1\n");
  std::filesystem::create_symlink("lower.properties", path("parts/link.properties"));
  write("parts/a.properties", "include = lower.properties\n");
  write("parts/b.properties", "include = ../parts/link.properties\n");
  const std::string both = "include = parts/a.properties\ninclude = parts/b.properties\n";
  write("commands.properties", both + "include = parts/lower.properties\ninclude = parts/lower.properties\n");
  EXPECT_EQ(created(), "create vol-0a1b2c3d");

  write("parts/b.properties", "include = lower.properties\nparam.size = 2\n");
  write("commands.properties", both);
  EXPECT_THAT(
      faults(),
      ElementsAre(HasSubstr("parts/b.properties:2: param.size: is given at parts/lower.properties:3 too")));
}

TEST_F(Includes, GoInNoCircle) {
  write("commands.properties", kVolumes + "include = ./commands.properties\n");
  EXPECT_THAT(faults(),
              ElementsAre(HasSubstr("commands.properties:3: include: ./commands.properties: goes in "
                                    "a circle: commands.properties includes ./commands.properties")));
  write("commands.properties", "include = parts/a.properties\n" + kVolumes);
  write("parts/a.properties", "include = b.properties\n");
  write("parts/b.properties", "# b\ninclude = a.properties\n");
  EXPECT_THAT(faults(), ElementsAre("parts/b.properties:2: include: parts/a.properties: goes in a circle: "
                                    "parts/a.properties includes parts/b.properties includes "
                                    "parts/a.properties"));
  std::filesystem::create_symlink("../commands.properties", path("parts/link.properties"));
  write("parts/a.properties", "include = link.properties\n");
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("parts/a.properties:1: include: parts/link.properties: goes")));
}

TEST_F(Includes, ThatGiveNothingAreOneFaultEachWhateverIsMissingThen) {
  ASSERT_EQ(::mkfifo(path("parts/pipe.properties").c_str(), 0600), 0);
  write("parts/empty.properties", "\n");
  write("parts/long.properties", std::string((1U << 20U) + 1, '#'));
  for (const auto& [name, why] : std::vector<std::pair<std::string, std::string>>{
           {"parts/none.properties", "cannot be read: No such file or directory"},
           {"parts/empty.properties/x", "cannot be read: Not a directory"},
           {"parts", "cannot be read: Is a directory"},
           {"parts/pipe.properties", "cannot be read: it is a named pipe, not a file"},
           {"parts/long.properties", "is larger than 1 MiB, so it is no pattern file"},
           {"parts/empty.properties", "is empty"}}) {
    write("commands.properties", "fence = x <size>\ninclude = " + name + "\n");
    EXPECT_THAT(faults(), ElementsAre("commands.properties:2: include: " + name + ": " + why));
  }
  write("commands.properties", "include =\n");
  EXPECT_THAT(
      faults(),
      ElementsAre("commands.properties:1: include: has no value; expected the path of a pattern file"));
}

TEST_F(Includes, ThatMayNotBeReadAreAFault) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  ::chmod(write("parts/a.properties", kVolumes).c_str(), 0);
  write("commands.properties", "include = parts/a.properties\n");
  EXPECT_THAT(faults(), ElementsAre("commands.properties:1: include: parts/a.properties: cannot be read: "
                                    "Permission denied"));
}

TEST_F(Includes, DoNotHideTheOtherFaultsOfAFile) {
  write("commands.properties",
        "include = none.properties\nvolume.craete = x\ninclude = parts/a.properties\n");
  write("parts/a.properties", "volume.create.timeout = long\n");
  EXPECT_THAT(faults(),
              ElementsAre(HasSubstr("commands.properties:1: include: none.properties"),
                          HasSubstr("commands.properties:2: volume.craete: unknown key"),
                          HasSubstr("parts/a.properties:1: volume.create.timeout: \"long\" is no")));
}

TEST_F(Includes, AreAtMost32FilesWithTheFileItself) {
  write("commands.properties", "include = parts/1.properties\n");
  for (int i = 1; i < 31; ++i) {
    write(fmt::format("parts/{}.properties", i), fmt::format("include = {}.properties\n", i + 1));
  }
  write("parts/31.properties", kVolumes);
  EXPECT_EQ(created(), "create vol-0a1b2c3d");
  write("parts/31.properties", kVolumes + "include = 32.properties\n");
  write("parts/32.properties", "param.a = b\n");
  EXPECT_THAT(faults(),
              ElementsAre("parts/31.properties:3: include: parts/32.properties: is one too many: at "
                          "most 32 files make up a pattern file"));
}

TEST_F(Includes, HaveTheirFaultsWhereTheyStand) {
  write("parts/a.properties",
        "# a\nvolume.create = create \\\n    <size>\nvolume.delete.timeout = 1s\nvolume.copy.1 = x\n"
        "fence.2 = y\nvolume.clone.output = x\n");
  write("parts/b.properties", "\nparam.name = \xff\nvolume.copy = a \u2013b\nfence.1.timeout = 2s\n");
  write("parts/c.properties", "param.c = cut");
  write("commands.properties",
        "include = parts/a.properties\ninclude = parts/b.properties\ninclude = parts/c.properties\n");
  EXPECT_THAT(
      faults(),
      ElementsAre("commands.properties: volume.delete: is missing; a volume server needs it",
                  HasSubstr("parts/a.properties:2: volume.create: unknown parameter <size>"),
                  HasSubstr("parts/a.properties:4: volume.delete.timeout: there is no command volume.delete"),
                  HasSubstr("parts/a.properties:5: volume.copy.1: volume.copy is given without a number at "),
                  HasSubstr("parts/a.properties:6: fence.2: fence.1 is missing"),
                  HasSubstr("parts/a.properties:7: volume.clone.output: has no named group"),
                  HasSubstr("parts/a.properties:7: volume.clone.output: there is no command volume.clone"),
                  HasSubstr("parts/b.properties:2: is no UTF-8 text"),
                  HasSubstr("parts/b.properties:3:17: U+2013, an en dash"),
                  HasSubstr("parts/b.properties:4: fence.1.timeout: there is no command fence.1"),
                  HasSubstr("parts/c.properties:1: the last line has no end")));
}

TEST_F(Includes, KnowWhereACommandStands) {
  write("parts/a.properties", "volume.delete = x\nvolume.create = y\n");
  write("commands.properties", "include = parts/a.properties\nvolume.delete = z\n");
  EXPECT_EQ(good()->commands(Action::VolumeCreate).at(0).place, (Place{path("parts/a.properties"), 2}));
  EXPECT_EQ(good()->commands(Action::VolumeDelete).at(0).place, (Place{path("commands.properties"), 2}));
}

TEST_F(Includes, MakeConstantsOfThoseThatHold) {
  write("parts/a.properties", kVolumes + "param.root = /a\nparam.both = <root>/<site>\n");
  write("commands.properties",
        "param.site = mine\nparam.root = /<site>\nparam.used = <both>\ninclude = parts/a.properties\n"
        "volume.delete = delete <used> <volumeId>\n");
  EXPECT_EQ(good()->constant("both"), "/mine/mine");
  EXPECT_EQ(good()->constant("used"), "/mine/mine");
}

TEST_F(Includes, LeaveItAFaultThatAConstantUsesOneBelowItInItsFile) {
  write("parts/a.properties", kVolumes + "param.root = /a\nparam.both = <root>/<site>\n");
  write("commands.properties", "include = parts/a.properties\nparam.root = /<site>\nparam.site = mine\n");
  EXPECT_THAT(faults(),
              ElementsAre(HasSubstr("commands.properties:2: param.root: <site> is no constant given above"),
                          HasSubstr("parts/a.properties:4: param.both: <root> has a fault")));
}

TEST_F(Includes, LeaveNoConstantBesideThemUnused) {
  write("parts/a.properties",
        "param.root = /a\nvolume.create = create <root>/<volumeId>\nvolume.delete = d\n");
  write("commands.properties", "param.rooot = /mine\ninclude = parts/a.properties\n");
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("commands.properties:1: param.rooot: nothing uses it; "
                                              "did you mean param.root?")));
  write("commands.properties", "param.site = mine\nparam.root = /<site>\ninclude = parts/a.properties\n");
  EXPECT_EQ(good()->constant("root"), "/mine");
  write("commands.properties", "param.rooot = /mine\n" + kVolumes);
  EXPECT_THAT(faults(), IsEmpty());
}

TEST_F(Includes, DoNotGiveWhatTheFileSaysThatItIsWithout) {
  write("parts/a.properties",
        kVolumes + "target.create = serve <volumeId>\ntarget.create.ok = 3\ntarget.delete = stop\n");
  write("commands.properties", "removed = target.create target.delete\ninclude = parts/a.properties\n");
  const auto file = good();
  EXPECT_FALSE(file->has(Action::TargetCreate));
  EXPECT_FALSE(file->has(Action::TargetDelete));
  EXPECT_TRUE(file->has(Action::VolumeCreate));
}

TEST_F(Includes, MakeNoConstantOfItself) {
  write("parts/a.properties", kVolumes + "param.root = /a\nparam.both = <root>/x\n");
  write("commands.properties", "include = parts/a.properties\nparam.root = <both>\n");
  EXPECT_THAT(faults(),
              ElementsAre(HasSubstr("commands.properties:2: param.root: <both> has a fault"),
                          HasSubstr("parts/a.properties:4: param.both: <root> is made of this one")));
}

TEST_F(Includes, MaskASecretOfAnotherFile) {
  write("parts/a.properties", kVolumes + "param.login = me:<chapPassword>\n");
  write("commands.properties",
        "include = parts/a.properties\nparam.chapPassword = hunter2\nvolume.create = create <login>\n");
  EXPECT_EQ(created(), "create '***'");
}

TEST_F(Includes, AreSpeltSo) {
  write("commands.properties", kVolumes + "inclde = parts/a.properties\n");
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("3: inclde: unknown key; did you mean include?")));
}

TEST_F(Includes, AreAllAmongTheFilesOfThePatternFileThereOrNot) {
  write("parts/a.properties", kVolumes + "include = none.properties\n");
  write("commands.properties", "include = parts/a.properties\n");
  std::vector<std::string> seen;
  for (const SeenFile& file : read().files) seen.push_back(file.path().string());
  EXPECT_THAT(seen, ElementsAre(path("commands.properties").string(), path("parts/a.properties").string(),
                                path("parts/none.properties").string()));
}

}  // namespace
}  // namespace vbs::command
