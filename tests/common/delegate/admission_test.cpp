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

TEST(Admission, RefusesTheLateCallOfAnOperationThatIsUndone) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1h);
  { const auto undo = admission.enter(undoing("op-1"), {"vol-00000001"}); }
  const Error error = errorOf([&] { const auto late = admission.enter(doing("op-1"), {"vol-00000001"}); });
  EXPECT_EQ(error.code(), ErrorCode::IncorrectState);
  EXPECT_EQ(error.resource(), "vol-00000001");
  EXPECT_THAT(error.what(), HasSubstr("op-1 on vol-00000001 is being undone"));
}

TEST(Admission, GivesTheLockBackWhenItRefuses) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1ms);
  { const auto undo = admission.enter(undoing("op-1"), {"vol-00000001"}); }
  EXPECT_THROW((void)admission.enter(doing("op-1"), {"vol-00000001"}), Error);
  const auto next = admission.enter(doing("op-2"), {"vol-00000001"});
}

TEST(Admission, LetsAnUndoBeRepeated) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1ms);
  for (int i = 0; i < 2; ++i) const auto undo = admission.enter(undoing("op-1"), {"vol-00000001"});
}

TEST(Admission, RefusesTheCallThatWaitedWhileItsUndoCame) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1h);
  auto other = std::make_optional(admission.enter(doing("op-0"), {"vol-00000001"}));
  auto late = std::async(std::launch::async,
                         [&] { const auto hold = admission.enter(doing("op-1"), {"vol-00000001"}); });
  // The undo is about another resource of the same operation, so it need not wait for anything.
  { const auto undo = admission.enter(undoing("op-1"), {"vol-00000002"}); }
  other.reset();
  EXPECT_THROW(late.get(), Error);
}

TEST(Admission, RefusesTheLateUndoOfAnOperationThatAnotherFollowed) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1h);
  { const auto undo = admission.enter(undoing("op-1"), {"vol-00000001"}); }
  auto next = std::make_optional(admission.enter(doing("op-2"), {"vol-00000001"}));
  auto late = std::async(std::launch::async,
                         [&] { const auto hold = admission.enter(undoing("op-1"), {"vol-00000001"}); });
  next.reset();
  expectError(ErrorCode::IncorrectState, "op-1 on vol-00000001 is over", [&] { late.get(); });
  const auto undo = admission.enter(undoing("op-2"), {"vol-00000001"});
}

TEST(Admission, LetsOperationsTakeTurnsOnTheVolumeOfASnapshot) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1ms);
  const std::vector<std::string> snapshot{"snap-00000001", "vol-00000001"};
  { const auto create = admission.enter(doing("op-1"), snapshot); }
  { const auto attach = admission.enter(doing("op-2"), {"vol-00000001"}); }
  { const auto undo = admission.enter(undoing("op-1"), snapshot); }
  const auto undo = admission.enter(undoing("op-2"), {"vol-00000001"});
}

TEST(Admission, LetsAnUndoWaitForTheCallThatItUndoes) {
  Admission admission(system::threadScheduler(), DelegateId("self"), 1h);
  auto running = std::make_optional(admission.enter(doing("op-1"), {"vol-00000001"}));
  bool isDone = false;  // written under the lock of the volume, as the call's effects are
  auto undo = std::async(std::launch::async, [&] {
    const auto hold = admission.enter(undoing("op-1"), {"vol-00000001"});
    return isDone;
  });
  isDone = true;
  running.reset();
  EXPECT_TRUE(undo.get());
}

}  // namespace
}  // namespace vbs::delegate
