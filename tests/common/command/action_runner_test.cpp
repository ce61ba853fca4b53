#include "common/command/action_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "common/command/action_runner_fixture.h"

namespace vbs::command {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(ActionRunnerTest, RunsTheCommandsInOrderWithTheirDeadlines) {
  run(Action::VolumeCreate, "volume.create.2.timeout = 5s");
  EXPECT_THAT(runner_.lines(), ElementsAre("lvcreate -L 5G -n vol-0a1b2c3d", "settle vol-0a1b2c3d"));
  EXPECT_EQ(runner_.commands()[0].timeout, 30s);
  EXPECT_EQ(runner_.commands()[1].timeout, 5s);
}

TEST_F(ActionRunnerTest, SkipsAnActionWithoutAKey) {
  EXPECT_THAT(run(Action::ListVolumes, "").records, IsEmpty());
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(ActionRunnerTest, AnActionTellsThatWhatItWasToDoWasSoAlready) {
  EXPECT_FALSE(run(Action::VolumeCreate, "").wasAlreadySo);
  runner_.on("lvcreate", FakeCommandRunner::exits(15, "exists"));
  EXPECT_TRUE(run(Action::VolumeCreate, "volume.create.1.ok-exit = 15").wasAlreadySo);
  EXPECT_TRUE(run(Action::VolumeCreate, "volume.create.1.ok-stderr = exists").wasAlreadySo);
  EXPECT_TRUE(run(Action::VolumeDelete, "volume.delete.done-unless = there").wasAlreadySo);
}

TEST_F(ActionRunnerTest, AnActionIsDoneWhenWhatItWouldRemoveIsNotThere) {
  const std::string keys =
      "target.create = x\ntarget.delete.1 = show\ntarget.delete.1.done-unless = Target <targetId>: "
      "<targetName>\n"
      "target.delete.2 = remove <targetId>";
  runner_.on("show", FakeCommandRunner::prints("Target 7: iqn.2009-09.org.vbs:another\n"));
  run(Action::TargetDelete, keys);
  EXPECT_THAT(runner_.lines(), ElementsAre("show"));
  runner_.on("show", FakeCommandRunner::prints("Target 7: iqn.2009-09.org.vbs:vol-0a1b2c3d\n"));
  run(Action::TargetDelete, keys);
  EXPECT_THAT(runner_.lines(), ElementsAre("show", "show", "remove 7"));
}

TEST_F(ActionRunnerTest, ARefusedCommandIsRunAgainForAsLongAsTheFileSays) {
  int attempts = 0;
  runner_.on("lvremove", [&](const Command&) {
    return ++attempts < 3 ? FakeCommandRunner::exits(5, "in use\n") : FakeCommandRunner::exits(0);
  });
  run(Action::VolumeDelete, "volume.delete.retry = 1h");
  EXPECT_EQ(attempts, 3);
  runner_.on("lvremove", FakeCommandRunner::exits(5, "in use\n"));
  EXPECT_EQ(failure(Action::VolumeDelete, "volume.delete.retry = 1ms").code(), ErrorCode::CommandFailed);
}

TEST_F(ActionRunnerTest, ADeadlineOrAMissingProgramIsNotTriedAgain) {
  runner_.on("lvremove", FakeCommandRunner::timesOut());
  EXPECT_EQ(failure(Action::VolumeDelete, "volume.delete.retry = 1h").code(), ErrorCode::Timeout);
  EXPECT_EQ(runner_.lines().size(), 1);
}

TEST_F(ActionRunnerTest, AStopEndsTheAttempts) {
  std::stop_source source;
  runner_.on("lvremove", [&](const Command&) {
    source.request_stop();
    return FakeCommandRunner::exits(5);
  });
  EXPECT_THROW(run(Action::VolumeDelete, "volume.delete.retry = 1h",
                   {.stop = source.get_token(), .onProgress = {}, .logContext = {}}),
               Error);
  EXPECT_EQ(runner_.lines().size(), 1);
}

TEST_F(ActionRunnerTest, PassesTheStopTokenOn) {
  std::stop_source source;
  run(Action::VolumeDelete, "", {.stop = source.get_token(), .onProgress = {}, .logContext = {}});
  source.request_stop();
  EXPECT_TRUE(runner_.commands()[0].stop.stop_requested());
}

TEST_F(ActionRunnerTest, NothingIsRunWhenALaterCommandLacksAValue) {
  const auto checked = CommandFile::parse(
      "volume.create.1 = a\nvolume.create.2 = b <sizeGiB>\nvolume.delete = c\n", "f", Host::VolumeServer);
  EXPECT_THROW(ActionRunner(runner_).run(*checked.file, Action::VolumeCreate, {}, ""), Error);
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(ActionRunnerTest, SecretsAreMaskedInErrorsAndLogs) {
  std::ostringstream text;
  const auto before = spdlog::default_logger();
  auto logger =
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
  logger->set_level(spdlog::level::debug);
  spdlog::set_default_logger(logger);
  runner_.on("fence", FakeCommandRunner::exits(1, "cannot log in with hunter2\n"));
  std::string message;
  std::string tail;
  try {
    run(Action::Fence, "param.bmcPassword = hunter2\nfence = fence --password=<bmcPassword>",
        {.stop = {}, .onProgress = {}, .logContext = "request=r1 operation=o1"});
  } catch (const Error& error) {
    message = error.what();
    tail = error.command()->stderrTail;
  }
  run(Action::VolumeDelete, "");
  spdlog::set_default_logger(before);
  EXPECT_EQ(message, "fence: fence '--password=***' exited with 1: cannot log in with ***");
  EXPECT_EQ(tail, "cannot log in with ***");
  EXPECT_THAT(text.str(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(text.str(), HasSubstr("[warning] request=r1 operation=o1 fence: fence '--password=***' exited "
                                    "with 1: cannot log in with *** ("));
  EXPECT_THAT(text.str(), HasSubstr("[debug] volume.delete: lvremove vol-0a1b2c3d exited with 0 ("));
}

}  // namespace
}  // namespace vbs::command
