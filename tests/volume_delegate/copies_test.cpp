#include "volume_delegate/copies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>

#include "common/model/error.h"
#include "common/system/thread_scheduler.h"
#include "fakes/fake_volume_status_listener.h"
#include "support/expect_error.h"

namespace vbs::volume_delegate {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using Told = FakeVolumeStatusListener::Told;

const OperationContext kContext{OperationId("op-1"), RequestId("request-1")};
const SnapshotId kSnapshot("snap-00000001");

VolumeId volume(int number) {
  return VolumeId("vol-0000000" + std::to_string(number));
}

/// A copy that runs until it is let go or told to stop.
class HeldWork {
public:
  Copies::Work work() {
    return [this](const std::stop_token& stop, const std::function<void(int)>& onProgress) {
      onProgress(40);
      const std::stop_callback wake(stop, [this] { release(); });
      begun_.count_down();
      released_.wait();
      if (stop.stop_requested()) throw std::runtime_error("stopped");
    };
  }
  void waitUntilItRuns() { begun_.wait(); }
  bool runs() const { return begun_.try_wait(); }
  void release() {
    if (!isReleased_.exchange(true)) released_.count_down();
  }

private:
  std::latch begun_{1};
  std::latch released_{1};
  std::atomic<bool> isReleased_ = false;
};

const Copies::Work kNothingToDo = [](const std::stop_token&, const std::function<void(int)>&) {};
const Copies::Work kBroken = [](const std::stop_token&, const std::function<void(int)>& onProgress) {
  onProgress(70);
  throw std::runtime_error("dd: no space left");
};

class CopiesTest : public testing::Test {
protected:
  FakeVolumeStatusListener listener_;
};

TEST_F(CopiesTest, AreUnknownUntilOneIsStarted) {
  Copies copies(system::threadScheduler(), {}, nullptr);
  EXPECT_FALSE(copies.find(volume(1)));
  EXPECT_TRUE(copies.all().empty());
}

TEST_F(CopiesTest, AreDoneWhenTheWorkReturns) {
  Copies copies(system::threadScheduler(), {}, &listener_);
  copies.start(kContext, volume(1), kSnapshot, kNothingToDo);
  EXPECT_THAT(listener_.waitFor(1), ElementsAre(Told{volume(1), VolumeStatus::Available, {}}));
  const auto known = copies.find(volume(1));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->snapshotId, kSnapshot);
  EXPECT_EQ(known->status.state, CopyState::Done);
  EXPECT_EQ(known->status.progressPercent, 100);
}

TEST_F(CopiesTest, KeepTheReasonWhenTheWorkFails) {
  Copies copies(system::threadScheduler(), {}, &listener_);
  copies.start(kContext, volume(1), kSnapshot, kBroken);
  EXPECT_THAT(listener_.waitFor(1), ElementsAre(Told{volume(1), VolumeStatus::Error, "dd: no space left"}));
  const auto known = copies.find(volume(1));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->status.state, CopyState::Failed);
  EXPECT_EQ(known->status.progressPercent, 70);
  EXPECT_EQ(known->status.reason, "dd: no space left");
}

TEST_F(CopiesTest, GoOnWithoutAListenerAndWithOneThatFails) {
  HeldWork last;
  Copies deaf(system::threadScheduler(), {.atOnce = 1}, nullptr);
  deaf.start(kContext, volume(1), kSnapshot, kNothingToDo);
  deaf.start(kContext, volume(2), kSnapshot, last.work());
  last.waitUntilItRuns();
  EXPECT_EQ(deaf.find(volume(1))->status.state, CopyState::Done);

  listener_.failFromNowOn();
  Copies copies(system::threadScheduler(), {}, &listener_);
  copies.start(kContext, volume(1), kSnapshot, kNothingToDo);
  listener_.waitFor(1);
  copies.start(kContext, volume(2), kSnapshot, kNothingToDo);
  listener_.waitFor(2);
  EXPECT_EQ(copies.find(volume(2))->status.state, CopyState::Done);
}

TEST_F(CopiesTest, TellTheirProgress) {
  HeldWork held;
  Copies copies(system::threadScheduler(), {}, nullptr);
  copies.start(kContext, volume(1), kSnapshot, held.work());
  held.waitUntilItRuns();
  const auto status = copies.find(volume(1))->status;
  EXPECT_EQ(status.state, CopyState::Pending);
  EXPECT_EQ(status.progressPercent, 40);
}

TEST_F(CopiesTest, WaitTheirTurnWhenEnoughOfThemRun) {
  std::array<HeldWork, 3> held;
  Copies copies(system::threadScheduler(), {.atOnce = 2}, &listener_);
  for (int i = 0; i < 3; ++i) copies.start(kContext, volume(i), kSnapshot, held[i].work());
  held[0].waitUntilItRuns();
  held[1].waitUntilItRuns();
  EXPECT_FALSE(held[2].runs());
  EXPECT_EQ(copies.find(volume(2))->status.state, CopyState::Pending);
  EXPECT_EQ(copies.find(volume(2))->status.progressPercent, 0);
  EXPECT_EQ(copies.all().size(), 3U);

  held[0].release();
  held[2].waitUntilItRuns();
  held[1].release();
  held[2].release();
  EXPECT_EQ(listener_.waitFor(3).size(), 3U);
}

TEST_F(CopiesTest, AreGoneAndForgottenOnceEnded) {
  HeldWork held;
  Copies copies(system::threadScheduler(), {}, &listener_);
  copies.start(kContext, volume(1), kSnapshot, held.work());
  held.waitUntilItRuns();
  copies.end(volume(1), 1h);
  EXPECT_FALSE(copies.find(volume(1)));
  copies.stop();
  EXPECT_TRUE(listener_.told().empty()) << "nobody waits for a copy that was ended";
}

TEST_F(CopiesTest, NeverRunOnceEndedInTheQueue) {
  HeldWork running;
  HeldWork waiting;
  Copies copies(system::threadScheduler(), {.atOnce = 1}, &listener_);
  copies.start(kContext, volume(1), kSnapshot, running.work());
  running.waitUntilItRuns();
  copies.start(kContext, volume(2), kSnapshot, waiting.work());
  copies.end(volume(2), 1h);
  EXPECT_FALSE(copies.find(volume(2)));
  running.release();
  copies.start(kContext, volume(3), kSnapshot, kNothingToDo);
  EXPECT_EQ(listener_.waitFor(2)[1].volumeId, volume(3));
  EXPECT_FALSE(waiting.runs());
}

TEST_F(CopiesTest, SayWhenOneDoesNotEnd) {
  std::latch begun(1);
  std::latch letGo(1);
  Copies copies(system::threadScheduler(), {}, &listener_);
  copies.start(kContext, volume(1), kSnapshot, [&](const std::stop_token&, const std::function<void(int)>&) {
    begun.count_down();
    letGo.wait();
  });
  begun.wait();
  expectError(ErrorCode::Timeout, "snap-00000001 into vol-00000001 (operation op-1)",
              [&] { copies.end(volume(1), 1ms); });
  EXPECT_TRUE(copies.find(volume(1))) << "what still runs must not be forgotten";
  letGo.count_down();
  copies.end(volume(1), 1h);
  EXPECT_FALSE(copies.find(volume(1)));
}

TEST_F(CopiesTest, EndingWhatIsUnknownOrFinishedSucceeds) {
  Copies copies(system::threadScheduler(), {}, &listener_);
  copies.end(volume(1), 0ms);
  copies.start(kContext, volume(1), kSnapshot, kNothingToDo);
  listener_.waitFor(1);
  copies.end(volume(1), 1h);
  EXPECT_FALSE(copies.find(volume(1)));
}

TEST_F(CopiesTest, CanBeStartedOverAfterAFailure) {
  Copies copies(system::threadScheduler(), {}, &listener_);
  copies.start(kContext, volume(1), kSnapshot, kBroken);
  listener_.waitFor(1);
  copies.start(kContext, volume(1), kSnapshot, kNothingToDo);
  EXPECT_EQ(listener_.waitFor(2)[1].status, VolumeStatus::Available);
  EXPECT_EQ(copies.find(volume(1))->status.reason, std::nullopt);
}

TEST_F(CopiesTest, KnowWhichVolumeReadsASnapshot) {
  HeldWork held;
  Copies copies(system::threadScheduler(), {}, &listener_);
  copies.start(kContext, volume(1), kSnapshot, held.work());
  EXPECT_EQ(copies.readerOf(kSnapshot), volume(1));
  EXPECT_FALSE(copies.readerOf(SnapshotId("snap-00000002")));
  held.release();
  listener_.waitFor(1);
  EXPECT_FALSE(copies.readerOf(kSnapshot));
}

TEST_F(CopiesTest, ForgetTheOldestFinishedOnes) {
  Copies copies(system::threadScheduler(), {.atOnce = 1, .finishedKept = 2}, &listener_);
  for (int i = 1; i <= 3; ++i) copies.start(kContext, volume(i), kSnapshot, kNothingToDo);
  listener_.waitFor(3);
  EXPECT_FALSE(copies.find(volume(1)));
  EXPECT_TRUE(copies.find(volume(2)));
  EXPECT_TRUE(copies.find(volume(3)));
}

TEST_F(CopiesTest, KeepOneThatWasStartedOverWhenItsFirstRunIsForgotten) {
  Copies copies(system::threadScheduler(), {.atOnce = 1, .finishedKept = 1}, &listener_);
  copies.start(kContext, volume(1), kSnapshot, kBroken);
  listener_.waitFor(1);
  copies.start(kContext, volume(1), kSnapshot, kNothingToDo);
  listener_.waitFor(2);
  EXPECT_EQ(copies.find(volume(1))->status.state, CopyState::Done);
}

TEST_F(CopiesTest, StayPendingWhenTheDelegateStops) {
  HeldWork running;
  HeldWork waiting;
  Copies copies(system::threadScheduler(), {.atOnce = 1}, &listener_);
  copies.start(kContext, volume(1), kSnapshot, running.work());
  copies.start(kContext, volume(2), kSnapshot, waiting.work());
  running.waitUntilItRuns();
  copies.requestStop();
  copies.start(kContext, volume(3), kSnapshot, kNothingToDo);
  copies.stop();
  for (const CopyStatus& status : copies.all()) EXPECT_EQ(status.state, CopyState::Pending);
  EXPECT_EQ(copies.all().size(), 3U);
  EXPECT_FALSE(waiting.runs());
  EXPECT_TRUE(listener_.told().empty());
}

TEST_F(CopiesTest, AreToldOutsideTheLock) {
  struct AskingListener : VolumeStatusListener {
    void volumeStatusChanged(const RequestId&, const VolumeId& volumeId, VolumeStatus,
                             const std::optional<std::string>&) override {
      found.set_value(copies->find(volumeId)->status.state);
    }
    Copies* copies = nullptr;
    std::promise<CopyState> found;
  } listener;
  Copies copies(system::threadScheduler(), {}, &listener);
  listener.copies = &copies;
  copies.start(kContext, volume(1), kSnapshot, kNothingToDo);
  EXPECT_EQ(listener.found.get_future().get(), CopyState::Done);
}

}  // namespace
}  // namespace vbs::volume_delegate
