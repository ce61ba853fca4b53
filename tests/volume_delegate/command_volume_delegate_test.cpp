#include "volume_delegate/command_volume_delegate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <thread>

#include "volume_delegate/command_volume_delegate_fixture.h"

namespace vbs::volume_delegate {
namespace {

using namespace std::chrono_literals;
using command::Command;
using command::FakeCommandRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// One operation, one sequence of commands.

TEST_F(CommandVolumeDelegateTest, DescribesItselfWithoutRunningAnything) {
  const auto description = delegate().describeDelegate(kRequest, kService);
  EXPECT_EQ(description.version, "1.2.3");
  EXPECT_TRUE(description.usesTargets);
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(CommandVolumeDelegateTest, CreatesAVolume) {
  EXPECT_EQ(delegate().createVolume(doing("op-1"), kVolume, kSize, {}), CreateVolumeOutcome::Available);
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5"));
}

TEST_F(CommandVolumeDelegateTest, DeletesAVolume) {
  delegate().deleteVolume(doing("op-1"), kVolume, kSize);
  EXPECT_THAT(runner_.lines(), ElementsAre("wipe vol-00000001", "remove vol-00000001"));
}

TEST_F(CommandVolumeDelegateTest, CreatesAndDeletesASnapshot) {
  delegate().createSnapshot(doing("op-1"), kSnapshot, kVolume, kSize);
  delegate().deleteSnapshot(doing("op-2"), kSnapshot, kVolume, kSize);
  EXPECT_THAT(runner_.lines(), ElementsAre("take vol-00000001 snap-00000001", "drop snap-00000001"));
}

TEST_F(CommandVolumeDelegateTest, FollowsThePatternFileAsItChanges) {
  delegate().createVolume(doing("op-1"), kVolume, kSize, {});
  writePatterns(without(kPatterns, {"volume.create "}) + "volume.create = make-it <volumeId>\n");
  delegate().createVolume(doing("op-2"), kVolume, kSize, {});
  EXPECT_THAT(runner_.lines(), ElementsAre("create vol-00000001 5", "make-it vol-00000001"));
}

// Calls at the same time, and calls that come too late.

TEST_F(CommandVolumeDelegateTest, WorksOnDifferentVolumesAtTheSameTime) {
  std::latch bothAreThere(2);
  runner_.on("create", [&](const Command&) {
    bothAreThere.arrive_and_wait();
    return FakeCommandRunner::exits(0);
  });
  CommandVolumeDelegate& it = delegate();
  auto other =
      std::async(std::launch::async, [&] { return it.createVolume(doing("op-2"), kOtherVolume, kSize, {}); });
  EXPECT_EQ(it.createVolume(doing("op-1"), kVolume, kSize, {}), CreateVolumeOutcome::Available);
  EXPECT_EQ(other.get(), CreateVolumeOutcome::Available);
}

TEST_F(CommandVolumeDelegateTest, WorksOnOneVolumeOneCallAtATime) {
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  runner_.on("", [&](const Command&) {
    const int now = ++inside;
    if (now > most) most = now;
    std::this_thread::yield();
    --inside;
    return FakeCommandRunner::exits(0);
  });
  CommandVolumeDelegate& it = delegate();
  std::latch start(4);
  const auto together = [&](const std::function<void(int)>& call) {
    return std::async(std::launch::async, [&start, call] {
      start.arrive_and_wait();
      for (int i = 0; i < 50; ++i) call(i);
    });
  };
  const auto context = [](const char* who, int i) { return doing(who + std::to_string(i)); };
  std::vector<std::future<void>> calls;
  calls.push_back(together([&](int i) { it.exportVolume(context("export", i), kVolume, kTarget, kHost); }));
  calls.push_back(together([&](int i) { it.unexportVolume(context("unexport", i), kVolume, kTarget, {}); }));
  calls.push_back(together([&](int i) { it.createSnapshot(context("snap", i), kSnapshot, kVolume, kSize); }));
  calls.push_back(
      together([&](int i) { it.deleteSnapshot(context("unsnap", i), kSnapshot, kVolume, kSize); }));
  for (auto& call : calls) call.get();
  EXPECT_EQ(most, 1);
}

TEST_F(GatedVolumeDelegateTest, GivesUpOnAVolumeThatIsBusyAndSaysWithWhat) {
  settings_.patience = 1ms;
  runner_.on("create", gate_.answer());
  CommandVolumeDelegate& it = delegate();
  auto first = std::async(std::launch::async, [&] { it.createVolume(doing("op-1"), kVolume, kSize, {}); });
  gate_.waitUntilReached();
  expectError(ErrorCode::Timeout, "busy with operation op-1",
              [&] { it.deleteVolume(doing("op-2"), kVolume, kSize); });
  gate_.open();
  first.get();
}

TEST_F(GatedVolumeDelegateTest, UndoesACallOnlyOnceItHasEnded) {
  runner_.on("target-new", gate_.answer());
  CommandVolumeDelegate& it = delegate();
  auto call =
      std::async(std::launch::async, [&] { it.exportVolume(doing("op-1"), kVolume, kTarget, kHost); });
  gate_.waitUntilReached();
  auto undo =
      std::async(std::launch::async, [&] { it.unexportVolume(undoing("op-1"), kVolume, kTarget, {}); });
  gate_.open();
  call.get();
  undo.get();
  EXPECT_THAT(runner_.lines(), ElementsAre("target-new 7 iqn.2009-09.org.example:vol-00000001",
                                           "lun-new 7 1 vol-00000001", "lun-delete 7 1", "target-delete 7"));
}

TEST_F(CommandVolumeDelegateTest, RefusesLateCalls) {
  delegate().deleteVolume(undoing("op-1", 2), kVolume, kSize);
  delegate().deleteSnapshot(undoing("op-1", 2), kSnapshot, kVolume, kSize);
  runner_.forget();
  const std::vector<std::function<void()>> lateCalls{
      [&] { delegate().createVolume(doing("op-1", 1), kVolume, kSize, {}); },
      [&] { delegate().createVolume(doing("op-1", 1), kVolume, kSize, kSnapshot); },
      [&] { delegate().deleteVolume(doing("op-1", 1), kVolume, kSize); },
      [&] { delegate().createSnapshot(doing("op-1", 1), kSnapshot, kVolume, kSize); },
      [&] { delegate().deleteSnapshot(doing("op-1", 1), kSnapshot, kVolume, kSize); },
      [&] { delegate().exportVolume(doing("op-1", 1), kVolume, kTarget, kHost); },
      [&] { delegate().unexportVolume(doing("op-1", 1), kVolume, kTarget, {}); }};
  for (const auto& call : lateCalls) {
    EXPECT_EQ(errorOf([&] { call(); }).code(), ErrorCode::IncorrectState);
  }
  EXPECT_THAT(runner_.lines(), IsEmpty());
  delegate().createVolume(doing("op-2", 3), kVolume, kSize, {});
}

TEST_F(CommandVolumeDelegateTest, CanBeAskedTwice) {
  for (int i = 0; i < 2; ++i) {
    delegate().createVolume(doing("op-1"), kVolume, kSize, {});
    delegate().createSnapshot(doing("op-2"), kSnapshot, kVolume, kSize);
    delegate().exportVolume(doing("op-1"), kVolume, kTarget, kHost);
  }
  for (int i = 0; i < 2; ++i) {
    delegate().unexportVolume(undoing("op-1"), kVolume, kTarget, {});
    delegate().deleteSnapshot(undoing("op-2"), kSnapshot, kVolume, kSize);
    delegate().deleteVolume(undoing("op-1"), kVolume, kSize);
  }
  EXPECT_THAT(runner_.lines(), testing::Contains("remove vol-00000001").Times(2));
}

}  // namespace
}  // namespace vbs::volume_delegate
