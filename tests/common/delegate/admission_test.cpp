#include "common/delegate/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <string>
#include <vector>

#include "common/model/error.h"
#include "common/system/thread_scheduler.h"
#include "support/expect_error.h"
#include "support/operation_context.h"

namespace vbs::delegate {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const std::vector<std::string> kVolume{"vol-00000001"};

TEST(Admission, RefusesALateCall) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1h);
  { const auto undo = admission.enter(undoing("op-1", 2), kVolume); }
  const Error error = errorOf([&] { const auto late = admission.enter(doing("op-1", 1), kVolume); });
  EXPECT_EQ(error.code(), ErrorCode::IncorrectState);
  EXPECT_EQ(error.resource(), "vol-00000001");
  EXPECT_STREQ(error.what(),
               "call 1 of operation op-1 on vol-00000001 came too late and did nothing: call 2 was heard "
               "before it");
}

TEST(Admission, GivesTheLockBackWhenItRefuses) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1ms);
  { const auto undo = admission.enter(undoing("op-1", 2), kVolume); }
  EXPECT_THROW((void)admission.enter(doing("op-1", 1), kVolume), Error);
  const auto next = admission.enter(doing("op-2", 3), kVolume);
}

TEST(Admission, LetsACallBeRepeated) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1ms);
  for (int i = 0; i < 2; ++i) const auto undo = admission.enter(undoing("op-1", 1), kVolume);
}

TEST(Admission, RefusesTheCallThatWaitedWhileALaterOneCame) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1h);
  auto other = std::make_optional(admission.enter(doing("op-0", 1), {"vol-00000001"}));
  auto early = std::async(std::launch::async, [&] {
    const auto hold = admission.enter(doing("op-1", 2), {"snap-00000001", "vol-00000001"});
  });
  // It needs not wait for the volume.
  { const auto undo = admission.enter(undoing("op-1", 3), {"snap-00000001"}); }
  other.reset();
  EXPECT_THROW(early.get(), Error);
}

TEST(Admission, RefusesTheLateUndoOfAnOperationThatAnotherFollowed) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1h);
  auto next = std::make_optional(admission.enter(doing("op-2", 2), kVolume));
  auto late =
      std::async(std::launch::async, [&] { const auto hold = admission.enter(undoing("op-1", 1), kVolume); });
  next.reset();
  expectError(ErrorCode::IncorrectState, "came too late", [&] { late.get(); });
  const auto undo = admission.enter(undoing("op-2", 3), kVolume);
}

TEST(Admission, HeedsACallOfALowerNumberThatIsRunning) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1ms);
  const auto running = admission.enter(doing("op-1", 1), kVolume);
  expectError(ErrorCode::Timeout, "still busy", [&] { (void)admission.enter(undoing("op-1", 2), kVolume); });
  expectError(ErrorCode::Timeout, "still busy", [&] { (void)admission.enter(doing("op-1", 1), kVolume); });
}

TEST(Admission, LetsOperationsTakeTurnsOnTheVolumeOfASnapshot) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1ms);
  const std::vector<std::string> snapshot{"snap-00000001", "vol-00000001"};
  { const auto create = admission.enter(doing("op-1", 1), snapshot); }
  { const auto attach = admission.enter(doing("op-2", 2), kVolume); }
  { const auto undo = admission.enter(undoing("op-1", 1), snapshot); }
  const auto undo = admission.enter(undoing("op-2", 2), kVolume);
}

TEST(Admission, RemembersWhichOperationHasChangedSomething) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1ms);
  {
    auto pass = admission.enter(doing("op-1", 1), kVolume);
    EXPECT_FALSE(pass.hasChanged());
    pass.noteChange();
  }
  EXPECT_TRUE(admission.enter(undoing("op-1", 2), kVolume).hasChanged());
  EXPECT_FALSE(admission.enter(doing("op-2", 3), kVolume).hasChanged());
}

TEST(Admission, LetsAnUndoWaitForTheCallThatItUndoes) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1h);
  auto running = std::make_optional(admission.enter(doing("op-1", 1), kVolume));
  bool isDone = false;  // written under the lock of the volume, as the call's effects are
  auto undo = std::async(std::launch::async, [&] {
    const auto hold = admission.enter(undoing("op-1", 2), kVolume);
    return isDone;
  });
  isDone = true;
  running.reset();
  EXPECT_TRUE(undo.get());
}

}  // namespace
}  // namespace vbs::delegate
