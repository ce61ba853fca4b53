#include "vmm_delegate/command_vmm_delegate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>

#include "fakes/command_gate.h"
#include "vmm_delegate/command_vmm_delegate_fixture.h"

namespace vbs::vmm_delegate {
namespace {

using namespace std::chrono_literals;
using command::Command;
using command::FakeCommandRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(CommandVmmDelegateTest, CanBeAskedTwice) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(delegate().attachVolume(doing("op-1"), kAttach).hostDevice, device());
  for (int i = 0; i < 2; ++i) delegate().detachVolume(undoing("op-1"), kAttach);
}

TEST_F(CommandVmmDelegateTest, RefusesACallThatIsForAnotherDelegate) {
  OperationContext context = doing("op-1");
  context.delegateId = DelegateId("host-2");
  const Error error = errorOf([&] { delegate().attachVolume(context, kAttachment); });
  EXPECT_EQ(error.code(), ErrorCode::IncorrectState);
  EXPECT_THAT(error.what(), AllOf(HasSubstr("host-1"), HasSubstr("host-2")));
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(CommandVmmDelegateTest, TellsWhoItIsAndWhoElseCommandsIt) {
  const Commander first{ServiceInstanceId("a"), "first"};
  const Commander second{ServiceInstanceId("b"), "second"};
  EXPECT_EQ(delegate().describeDelegate(kRequest, first),
            (VmmDelegateDescription{.version = "1.2.3", .identity = {.id = DelegateId("host-1")}}));
  delegate().describeDelegate(kRequest, second);
  EXPECT_THAT(delegate().describeDelegate(kRequest, first).identity.otherCommanders, ElementsAre("second"));
}

// Calls at the same time, and calls that come too late.

TEST_F(CommandVmmDelegateTest, WorksOnDifferentVolumesAtTheSameTime) {
  std::latch bothAreThere(2);
  runner_.on("discover", [&](const Command&) {
    bothAreThere.arrive_and_wait();
    return FakeCommandRunner::exits(0);
  });
  CommandVmmDelegate& it = delegate();
  const VolumeId otherVolume("vol-00000002");
  auto other = std::async(std::launch::async, [&] {
    return it.attachVolume(doing("op-2"), foundBefore(Presence::Absent, Presence::Absent, otherVolume));
  });
  EXPECT_EQ(it.attachVolume(doing("op-1"), kAttach).hostDevice, device());
  EXPECT_EQ(other.get().hostDevice, device(otherVolume));
}

TEST_F(CommandVmmDelegateTest, UndoesAnAttachOnlyOnceItHasEnded) {
  command::CommandGate gate;
  runner_.on("block-attach", gate.answer());
  CommandVmmDelegate& it = delegate();
  auto call = std::async(std::launch::async, [&] { it.attachVolume(doing("op-1"), kAttach); });
  gate.waitUntilReached();
  auto undo = std::async(std::launch::async, [&] { it.detachVolume(undoing("op-1"), kAttach); });
  gate.open();
  call.get();
  undo.get();
  auto expected = attachLines();
  for (const std::string& line : detachLines()) expected.push_back(line);
  EXPECT_EQ(lines(), expected);
}

TEST_F(CommandVmmDelegateTest, GivesUpOnAVolumeThatIsBusyAndSaysWithWhat) {
  settings_.patience = 1ms;
  command::CommandGate gate;
  runner_.on("block-attach", gate.answer());
  CommandVmmDelegate& it = delegate();
  auto call = std::async(std::launch::async, [&] { it.attachVolume(doing("op-1"), kAttach); });
  gate.waitUntilReached();
  expectError(ErrorCode::Timeout, "busy with operation op-1",
              [&] { it.detachVolume(doing("op-2"), kAttachment); });
  gate.open();
  call.get();
}

TEST_F(CommandVmmDelegateTest, RefusesLateCalls) {
  delegate().detachVolume(undoing("op-1", 2), kAttach);
  runner_.forget();
  for (const bool attach : {true, false}) {
    const auto late = [&] {
      if (attach) {
        delegate().attachVolume(doing("op-1", 1), kAttach);
      } else {
        delegate().detachVolume(doing("op-1", 1), kAttachment);
      }
    };
    EXPECT_EQ(errorOf(late).code(), ErrorCode::IncorrectState);
  }
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(CommandVmmDelegateTest, UndoesADetachByAttachingAgain) {
  delegate().attachVolume(undoing("op-1"), kAttachment);
  EXPECT_EQ(lines(), attachLines());
}

}  // namespace
}  // namespace vbs::vmm_delegate
