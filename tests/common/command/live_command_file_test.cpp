#include "common/command/live_command_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>
#include <thread>

#include "common/command/seen_file.h"
#include "common/model/error.h"

namespace vbs::command {
namespace {

using testing::HasSubstr;

class LiveCommandFileTest : public testing::Test {  // NOLINT(cppcoreguidelines-virtual-class-destructor)
protected:
  LiveCommandFileTest() {
    std::string pattern = testing::TempDir() + "vbs-live-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    path_ = directory_ / "commands.properties";
    write(path_, "first");
    auto logger =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    spdlog::set_default_logger(logger);
  }
  ~LiveCommandFileTest() override {
    spdlog::set_default_logger(before_);
    std::filesystem::remove_all(directory_);
  }

  static void write(const std::filesystem::path& path, const std::string& program) {
    std::ofstream(path) << "volume.create = " << program << "\nvolume.delete = x\n";
  }
  static std::string programOf(LiveCommandFile& live) {
    return live.current()->commands(Action::VolumeCreate)[0].pattern.expand({})[0];
  }
  /// What was written a moment ago is read once more, be it seen to have changed or not: waits until that is
  /// over.
  static void settle(LiveCommandFile& live, const std::filesystem::path& last) {
    while (!SeenFile(last).isSettled()) std::this_thread::yield();
    live.current();
  }
  int timesLogged(const std::string& part) const {
    const std::string text = text_.str();
    int times = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
    return times;
  }

  std::filesystem::path directory_;
  std::filesystem::path path_;
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
};

TEST_F(LiveCommandFileTest, ABadFileAtTheStartIsRefusedWithAllItsFaults) {
  std::ofstream(path_) << "volume.create = x <y>\nvolume.delete = 'z\n";
  try {
    const LiveCommandFile live(path_, Host::VolumeServer);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
    EXPECT_THAT(error.what(), HasSubstr("commands.properties:1: volume.create"));
    EXPECT_THAT(error.what(), HasSubstr("commands.properties:2: volume.delete"));
  }
}

TEST_F(LiveCommandFileTest, SeesAnEditInPlaceAtOnce) {
  LiveCommandFile live(path_, Host::VolumeServer);
  const auto begun = live.current();
  write(path_, "other");  // the same size, maybe within the same tick of the clock
  EXPECT_EQ(programOf(live), "other");
  EXPECT_EQ(begun->commands(Action::VolumeCreate)[0].pattern.expand({})[0], "first");
}

TEST_F(LiveCommandFileTest, KeepsWhatVolumesInUseDependOnUnlessItIsRemovedOnPurpose) {
  const std::string all =
      "host.device = rbd:<volumeId>\nvm.attach = plug <vmId>\nvm.detach = unplug <vmId>\n"
      "list.devices = devices\nlist.devices.output = (?<volumeId>vol-\\S+)\n";
  const std::string cut = all.substr(0, all.find("vm.attach"));
  std::ofstream(path_) << all;
  LiveCommandFile live(path_, Host::VmHost);
  std::ofstream(path_) << cut;
  EXPECT_TRUE(live.current()->has(Action::VmDetach));
  EXPECT_TRUE(live.current()->has(Action::ListDevices));
  EXPECT_EQ(timesLogged("add the line: removed = vm.attach vm.detach list.devices"), 1);
  EXPECT_THAT(live.fault().value_or(""), HasSubstr("Was it cut?"));
  std::ofstream(path_) << cut << "removed = vm.attach vm.detach list.devices\n";
  EXPECT_FALSE(live.current()->has(Action::VmDetach));
  EXPECT_EQ(live.fault(), std::nullopt);
}

TEST_F(LiveCommandFileTest, SeesAFileThatIsRenamedIntoPlace) {
  LiveCommandFile live(path_, Host::VolumeServer);
  write(directory_ / "new", "other");
  std::filesystem::rename(directory_ / "new", path_);
  EXPECT_EQ(programOf(live), "other");
}

TEST_F(LiveCommandFileTest, ABadEditIsLoggedOnceAndTheLastGoodPatternsStay) {
  LiveCommandFile live(path_, Host::VolumeServer);
  std::ofstream(path_) << "volume.create = x <y>\nvolume.delete = 'z\n";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(programOf(live), "first");
  EXPECT_EQ(timesLogged("commands.properties:1: volume.create: unknown parameter <y>"), 1);
  EXPECT_EQ(timesLogged("commands.properties:2: volume.delete: unbalanced quote"), 1);
  EXPECT_EQ(timesLogged("2 fault(s); still using the patterns of 20"), 1);

  write(path_, "mended");
  EXPECT_EQ(programOf(live), "mended");
  std::ofstream(path_) << "volume.create = x <y>\nvolume.delete = 'z\n";
  EXPECT_EQ(programOf(live), "mended");
  EXPECT_EQ(timesLogged("commands.properties:1: volume.create: unknown parameter <y>"), 2);
}

TEST_F(LiveCommandFileTest, ReadAgainTellsWhatItFindsEvenWhenNothingChanged) {
  LiveCommandFile live(path_, Host::VolumeServer);
  live.readAgain();
  EXPECT_EQ(timesLogged("read again, its patterns are in force"), 1);
  std::ofstream(path_) << "volume.create = x <y>\nvolume.delete = z\n";
  for (int i = 0; i < 2; ++i) live.readAgain();
  EXPECT_EQ(timesLogged("commands.properties:1: volume.create: unknown parameter <y>"), 2);
  EXPECT_EQ(programOf(live), "first");
}

TEST_F(LiveCommandFileTest, AFileThatVanishedIsABadEditUntilItIsBack) {
  LiveCommandFile live(path_, Host::VolumeServer);
  std::filesystem::remove(path_);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(programOf(live), "first");
  EXPECT_EQ(timesLogged("cannot be read: No such file or directory"), 1);
  write(path_, "back");
  EXPECT_EQ(programOf(live), "back");
}

TEST_F(LiveCommandFileTest, SeesAChangeOfAFileThatItIncludes) {
  write(directory_ / "part", "first");
  std::ofstream(path_) << "include = part\n";
  LiveCommandFile live(path_, Host::VolumeServer);
  settle(live, path_);
  write(directory_ / "part", "other");
  EXPECT_EQ(programOf(live), "other");
  settle(live, directory_ / "part");
  write(directory_ / "new", "moved");
  std::filesystem::rename(directory_ / "new", directory_ / "part");
  EXPECT_EQ(programOf(live), "moved");
  std::ofstream(path_) << "include = part\nvolume.create = own\n";
  EXPECT_EQ(programOf(live), "own");
}

TEST_F(LiveCommandFileTest, TakesTheFilesTogetherOrNotAtAll) {
  write(directory_ / "part", "first");
  std::ofstream(path_) << "include = part\n";
  LiveCommandFile live(path_, Host::VolumeServer);
  std::ofstream(path_) << "include = part\nvolume.create = other\n";
  std::ofstream(directory_ / "part") << "volume.create = x\nvolume.delete = x <y>\n";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(programOf(live), "first");
  EXPECT_EQ(timesLogged("part:2: volume.delete: unknown parameter <y>"), 1);
  EXPECT_EQ(timesLogged("commands.properties: 1 fault(s); still using the patterns of 20"), 1);
  EXPECT_THAT(live.fault().value_or(""), HasSubstr("part:2: volume.delete"));
  live.readAgain();
  EXPECT_EQ(timesLogged("part:2: volume.delete: unknown parameter <y>"), 2);
  write(directory_ / "part", "mended");
  EXPECT_EQ(programOf(live), "other");
  EXPECT_EQ(live.fault(), std::nullopt);
}

TEST_F(LiveCommandFileTest, SeesThatAFileWhichItIncludesIsBack) {
  write(directory_ / "part", "first");
  std::ofstream(path_) << "include = part\n";
  LiveCommandFile live(path_, Host::VolumeServer);
  std::filesystem::remove(directory_ / "part");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(programOf(live), "first");
  EXPECT_EQ(timesLogged("commands.properties:1: include: "), 1);
  settle(live, path_);
  write(directory_ / "part", "back");
  EXPECT_EQ(programOf(live), "back");
}

TEST_F(LiveCommandFileTest, KeepsWhatAFileThatItIncludesHasLost) {
  std::ofstream(directory_ / "part") << "vm.attach = plug <vmId>\nvm.detach = unplug <vmId>\n";
  std::ofstream(path_) << "include = part\nhost.device = rbd:<volumeId>\n";
  LiveCommandFile live(path_, Host::VmHost);
  std::ofstream(directory_ / "part") << "param.a = b\n";
  EXPECT_TRUE(live.current()->has(Action::VmDetach));
  EXPECT_EQ(timesLogged("add the line: removed = vm.attach vm.detach"), 1);
}

TEST_F(LiveCommandFileTest, KeepsAConstantOfTheFileForWhichAnIncludedOneHasAnotherValue) {
  std::ofstream(directory_ / "part") << "param.pool = shared\nvolume.create = <pool>\nvolume.delete = x\n";
  std::ofstream(path_) << "param.pool = mine\ninclude = part\n";
  LiveCommandFile live(path_, Host::VolumeServer);
  std::ofstream(path_) << "include = part\n";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(live.current()->constant("pool"), "mine");
  EXPECT_EQ(timesLogged("has lost param.pool, for which what it includes has another value"), 1);
  std::ofstream(path_) << "param.pool = shared\ninclude = part\n";
  EXPECT_EQ(live.current()->constant("pool"), "shared");
  EXPECT_EQ(live.fault(), std::nullopt);
}

TEST_F(LiveCommandFileTest, PutsNoOldFileTogetherWithANewPart) {
  const auto part = directory_ / "part";
  std::ofstream(part) << "volume.delete = 0\n";
  std::ofstream(path_) << "include = part\nvolume.create = 0\n";
  LiveCommandFile live(path_, Host::VolumeServer);
  constexpr int kEdits = 300;
  std::atomic<int> readings = 0;
  std::atomic<bool> done = false;
  std::thread editor([&] {
    for (int edit = 1; edit <= kEdits; ++edit) {
      const int before = readings;
      std::ofstream(directory_ / "new") << "include = part\nvolume.create = " << edit << "\n";
      std::filesystem::rename(directory_ / "new", path_);
      std::ofstream(directory_ / "new") << "volume.delete = " << edit << "\n";
      std::filesystem::rename(directory_ / "new", part);
      while (readings == before) std::this_thread::yield();
    }
    done = true;
  });
  const auto number = [](const CommandFile& file, Action action) {
    return std::stoi(file.commands(action)[0].pattern.expand({})[0]);
  };
  int mixed = 0;
  for (; !done; ++readings) {
    const auto file = live.current();
    if (number(*file, Action::VolumeCreate) < number(*file, Action::VolumeDelete)) ++mixed;
  }
  editor.join();
  EXPECT_EQ(mixed, 0);
}

TEST_F(LiveCommandFileTest, ThreadsSeeAGoodFileWhileItIsReplaced) {
  LiveCommandFile live(path_, Host::VolumeServer);
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  readers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!done) EXPECT_NE(live.current(), nullptr);
    });
  }
  for (int i = 0; i < 50; ++i) {
    write(directory_ / "new", "program" + std::to_string(i));
    std::filesystem::rename(directory_ / "new", path_);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(programOf(live), "program49");
}

}  // namespace
}  // namespace vbs::command
