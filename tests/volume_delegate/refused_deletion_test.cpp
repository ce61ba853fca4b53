#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "volume_delegate/command_volume_delegate_fixture.h"

namespace vbs::volume_delegate {
namespace {

using command::Command;
using command::FakeCommandRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What a deletion of the volume, or of the snapshot, that a command refused is told as.
class RefusedDeletionTest : public CommandVolumeDelegateTest {
protected:
  Error errorOfDeletingTheVolume() {
    runner_.on("wipe", FakeCommandRunner::exits(5, "cannot\n"));
    return errorOf([&] { delegate().deleteVolume(doing("op-1"), kVolume, kSize); });
  }
  Error errorOfDeletingTheSnapshot() {
    runner_.on("drop", FakeCommandRunner::exits(5, "cannot\n"));
    return errorOf([&] { delegate().deleteSnapshot(doing("op-1"), kSnapshot, kVolume, kSize); });
  }

  static Error errorOf(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "claims success";
    return {ErrorCode::InternalError, ""};
  }
};

TEST_F(RefusedDeletionTest, ChangesNothingOfWhatIsStillListed) {
  runner_.on("list-volumes", FakeCommandRunner::prints("vol-00000002\nvol-00000001\n"));
  runner_.on("list-snapshots", FakeCommandRunner::prints("snap-00000001\n"));
  EXPECT_EQ(errorOfDeletingTheVolume().effect(), Effect::None);
  EXPECT_EQ(errorOfDeletingTheSnapshot().effect(), Effect::None);
}

TEST_F(RefusedDeletionTest, MayHaveDeletedWhatIsNotListedAnyMore) {
  runner_.on("list-volumes", FakeCommandRunner::prints("vol-00000002\n"));
  const Error volume = errorOfDeletingTheVolume();
  EXPECT_EQ(volume.effect(), Effect::Unknown);
  EXPECT_EQ(volume.command()->exitCode, 5);
  EXPECT_EQ(volume.command()->stderrTail, "cannot");
  EXPECT_THAT(volume.what(), AllOf(HasSubstr("volume.delete.1: wipe "), HasSubstr("exited with 5"),
                                   HasSubstr("not listed any more")));
  EXPECT_EQ(errorOfDeletingTheSnapshot().effect(), Effect::Unknown);
}

TEST_F(RefusedDeletionTest, MayHaveDeletedWhenNothingCanBeListed) {
  runner_.on("list-volumes", FakeCommandRunner::exits(1, "no such group\n"));
  const Error error = errorOfDeletingTheVolume();
  EXPECT_EQ(error.effect(), Effect::Unknown);
  EXPECT_THAT(error.what(), HasSubstr("no such group"));
  runner_.on("list-volumes", FakeCommandRunner::prints("vol-00000001\n"));
  EXPECT_EQ(errorOfDeletingTheVolume().effect(), Effect::None) << "the doubt is over";
}

TEST_F(RefusedDeletionTest, ThatWasAskedForBeforeTellsWhatThatAttemptHasDone) {
  runner_.on("list-volumes", FakeCommandRunner::prints("vol-00000001\n"));
  runner_.on("remove", FakeCommandRunner::exits(5, "in use\n"));
  EXPECT_EQ(errorOf([&] { delegate().deleteVolume(doing("op-1"), kVolume, kSize); }).effect(),
            Effect::Partial)
      << "it is wiped";
  EXPECT_EQ(errorOfDeletingTheVolume().effect(), Effect::Partial) << "it is wiped still";
}

TEST_F(RefusedDeletionTest, ChangesNothingWhereTheStackHasNoListing) {
  writePatterns(without(kPatterns, {"list.volumes"}));
  EXPECT_EQ(errorOfDeletingTheVolume().effect(), Effect::None);
}

TEST_F(RefusedDeletionTest, OfAnotherDelegateChangesNothing) {
  OperationContext misled = doing("op-1");
  misled.delegateId = DelegateId("another");
  const Error error = errorOf([&] { delegate().deleteVolume(misled, kVolume, kSize); });
  EXPECT_EQ(error.code(), ErrorCode::IncorrectState);
  EXPECT_EQ(error.effect(), Effect::None);
}

TEST_F(RefusedDeletionTest, OfAProgramThatIsNotThereChangesNothing) {
  writePatterns(without(kPatterns, {"list.volumes"}));
  runner_.on("wipe", FakeCommandRunner::isMissing());
  EXPECT_EQ(errorOf([&] { delegate().deleteVolume(doing("op-1"), kVolume, kSize); }).effect(), Effect::None);
}

}  // namespace
}  // namespace vbs::volume_delegate
