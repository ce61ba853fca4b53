#include "common/delegate/call.h"

#include <gtest/gtest.h>

#include "common/delegate/host_actions.h"
#include "common/system/thread_scheduler.h"
#include "fakes/fake_command_runner.h"

namespace vbs::delegate {
namespace {

using command::Action;
using command::CommandFile;
using command::FakeCommandRunner;

class CallTest : public testing::Test {
protected:
  Call call() {
    const auto checked = CommandFile::parse(
        "volume.create = create <volumeId>\nvolume.delete = remove <volumeId>\n"
        "list.volumes = show\nlist.volumes.output = ^(?<volumeId>\\S+)$\n",
        "f.properties", command::Host::VolumeServer);
    EXPECT_TRUE(checked.faults.empty());
    return {actions_, checked.file, command::Parameters().set("volumeId", "vol-0a1b2c3d"), "vol-0a1b2c3d",
            ""};
  }

  template <class Body>
  Effect effectOf(Call& call, Body body) {
    try {
      auto pass = admission_.enter({OperationId("op-1"), RequestId("r")}, {"vol-0a1b2c3d"});
      call.carryOut(pass, body);
    } catch (const Error& error) {
      return error.effect();
    }
    ADD_FAILURE() << "nothing failed";
    return Effect::Unknown;
  }

  static void refuse() { throw Error(ErrorCode::IncorrectState, "no"); }

  FakeCommandRunner runner_;
  HostActions actions_{runner_};
  Admission admission_{system::threadScheduler(), DelegateId("this"), std::chrono::seconds(1)};
};

TEST_F(CallTest, ThatIsRefusedBeforeItChangesAnythingTellsThat) {
  Call call = this->call();
  EXPECT_EQ(effectOf(call, refuse), Effect::None);
}

TEST_F(CallTest, ThatIsRefusedAfterAnActionTellsThatItHasDoneAPart) {
  Call call = this->call();
  EXPECT_EQ(effectOf(call,
                     [&] {
                       call.require(Action::VolumeCreate);
                       refuse();
                     }),
            Effect::Partial);
}

TEST_F(CallTest, ThatHasOnlyLookedHasChangedNothing) {
  Call call = this->call();
  EXPECT_EQ(effectOf(call,
                     [&] {
                       call.require(Action::ListVolumes);
                       call.run(Action::TargetCreate);  // for which there is no key
                       refuse();
                     }),
            Effect::None);
}

TEST_F(CallTest, ThatSwallowsAFailureRemembersWhatItMayHaveDone) {
  runner_.on("create", FakeCommandRunner::timesOut());
  Call call = this->call();
  EXPECT_EQ(effectOf(call,
                     [&] {
                       try {
                         call.require(Action::VolumeCreate);
                       } catch (const Error&) {  // what it did stays done
                       }
                       refuse();
                     }),
            Effect::Partial);
}

TEST_F(CallTest, ThatSwallowsARefusalHasChangedNothing) {
  runner_.on("create", FakeCommandRunner::exits(5));
  Call call = this->call();
  EXPECT_EQ(effectOf(call,
                     [&] {
                       try {
                         call.require(Action::VolumeCreate);
                       } catch (const Error&) {
                       }
                       refuse();
                     }),
            Effect::None);
}

TEST_F(CallTest, ThatIsRefusedAfterAnotherOfItsOperationHasChangedSomethingTellsThat) {
  Call first = call();
  auto pass = std::make_optional(admission_.enter({OperationId("op-1"), RequestId("r")}, {"vol-0a1b2c3d"}));
  first.carryOut(*pass, [&] { first.require(Action::VolumeCreate); });
  pass.reset();
  Call again = call();
  EXPECT_EQ(effectOf(again, refuse), Effect::Partial);
}

TEST_F(CallTest, DoesNotMakeAnUnknownEffectSmaller) {
  Call call = this->call();
  EXPECT_EQ(effectOf(call,
                     [&] {
                       call.markChanged();
                       throw Error(ErrorCode::Timeout, "late").withEffect(Effect::Unknown);
                     }),
            Effect::Unknown);
}

TEST_F(CallTest, AKeyThatIsMissingIsARefusal) {
  Call call = this->call();
  EXPECT_EQ(effectOf(call, [&] { call.require(Action::SnapshotCreate); }), Effect::None);
}

}  // namespace
}  // namespace vbs::delegate
