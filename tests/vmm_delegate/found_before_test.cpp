#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "vmm_delegate/command_vmm_delegate_fixture.h"

namespace vbs::vmm_delegate {
namespace {

using command::Command;
using command::FakeCommandRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What was there before an attach is not the attach's to take back.

class FoundBeforeTest : public CommandVmmDelegateTest {
protected:
  std::string withoutListOfSessions() const {
    std::string patterns = iscsiPatterns();
    const std::size_t begin = patterns.find("list.sessions");
    return patterns.erase(begin, patterns.find("list.devices") - begin);
  }
  std::string withoutListings() const {
    std::string patterns = iscsiPatterns();
    return patterns.erase(patterns.find("list.sessions"));
  }
  void find(Presence session, Presence device) { attachment_ = foundBefore(session, device); }
  void isConnected() { directory_.write(kVolume.str(), ""); }
  void refuseTheDevice() { runner_.on("block-attach", FakeCommandRunner::exits(1, "no")); }
  /// The program ends and starts again.
  void restart() { delegate_.reset(); }

  std::string attachFailure() {
    runner_.forget();
    try {
      delegate().attachVolume(doing("op-1"), attachment_);
      return "attached";
    } catch (const Error& error) {
      return error.what();
    }
  }
  std::string undoFailure() {
    runner_.forget();
    try {
      isConnected_ = delegate().detachVolume(undoing("op-1"), attachment_).isConnected;
      return "undone";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
      return error.what();
    }
  }

  VmAttachment attachment_ = kAttach;
  bool isConnected_ = false;  // as the undo told
};

TEST_F(FoundBeforeTest, ASessionStaysWhenTheAttachFails) {
  find(Presence::Present, Presence::Absent);
  isConnected();
  refuseTheDevice();
  attachFailure();
  EXPECT_EQ(lines().back(), "block-detach vm1 xvdb");
  EXPECT_TRUE(std::filesystem::exists(device()));
  restart();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_TRUE(isConnected_);
  EXPECT_THAT(lines(), ElementsAre("block-detach vm1 xvdb"));
  EXPECT_TRUE(std::filesystem::exists(device()));
}

TEST_F(FoundBeforeTest, ADeviceStaysWithItsSession) {
  find(Presence::Present, Presence::Present);
  isConnected();
  refuseTheDevice();
  attachFailure();
  EXPECT_THAT(lines().back(), HasSubstr("block-attach"));
  restart();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_TRUE(isConnected_);
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(FoundBeforeTest, WhatWasNotThereIsTakenBackAfterARestart) {
  find(Presence::Absent, Presence::Absent);
  attachFailure();
  restart();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_FALSE(isConnected_);
  EXPECT_EQ(lines(), detachLines());
}

/// Without list.sessions.
class ConnectTellsTest : public FoundBeforeTest {
protected:
  ConnectTellsTest() { find(Presence::Unknown, Presence::Unknown); }
  void sayThatItWasConnected() {
    runner_.on("login", [this](const Command&) {
      isConnected();
      return FakeCommandRunner::exits(15, "already present");
    });
  }
  static constexpr const char* kOkExit = "host.connect.2.ok-exit = 15\n";
};

TEST_F(ConnectTellsTest, ThatASessionWasThereWhichStays) {
  find(Presence::Unknown, Presence::Absent);
  writePatterns(withoutListOfSessions() + kOkExit);
  sayThatItWasConnected();
  refuseTheDevice();
  attachFailure();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_TRUE(isConnected_);
  EXPECT_THAT(lines(), ElementsAre("block-detach vm1 xvdb"));
  EXPECT_TRUE(std::filesystem::exists(device()));
}

TEST_F(ConnectTellsTest, ThatNoneWasThereByNotSayingIt) {
  writePatterns(withoutListings());
  refuseTheDevice();
  EXPECT_THAT(attachFailure(), Not(HasSubstr("undoing")));
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_EQ(lines(), detachLines());
}

TEST_F(ConnectTellsTest, NothingWhenItFails) {
  writePatterns(withoutListings());
  runner_.on("discover", FakeCommandRunner::exits(8, "no route to host"));
  EXPECT_THAT(attachFailure(), AllOf(HasSubstr("no route to host"), HasSubstr("detach-volume --force")));
  EXPECT_THAT(lines(), ElementsAre(HasSubstr("discover")));
}

TEST_F(ConnectTellsTest, NothingToTheProgramThatIsStartedAnew) {
  writePatterns(withoutListings());
  attachFailure();
  restart();
  EXPECT_THAT(undoFailure(), HasSubstr("detach-volume --force"));
  EXPECT_THAT(lines(), IsEmpty());
}

/// The host's listings could not be trusted when the attach began: what it made cannot be told from what was
/// there.
class DoubtfulAttachTest : public FoundBeforeTest {
protected:
  DoubtfulAttachTest() { find(Presence::Unknown, Presence::Unknown); }
  void doubtDevices() {
    runner_.on("devices", FakeCommandRunner::exits(1, "the hypervisor does not answer"));
  }
  void doubtSessions() { runner_.on("sessions", FakeCommandRunner::exits(1, "iscsid does not answer")); }
  void showNoDevice() { runner_.on("devices", FakeCommandRunner::prints("")); }
  void showDevice() { runner_.on("devices", FakeCommandRunner::prints("vm1 xvdb vol-00000001\n")); }
};

TEST_F(DoubtfulAttachTest, KeepsTheHostConnectedWhileTheListingCannotBeTrusted) {
  doubtDevices();
  refuseTheDevice();
  EXPECT_THAT(attachFailure(), AllOf(HasSubstr("undoing it on this host failed too"),
                                     HasSubstr("the hypervisor does not answer")));
  EXPECT_THAT(lines().back(), HasSubstr("block-attach"));
  EXPECT_THAT(undoFailure(), AllOf(HasSubstr("list.devices"), HasSubstr("the hypervisor does not answer")));
  EXPECT_THAT(lines(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(device()));
}

TEST_F(DoubtfulAttachTest, IsUndoneOnceTheListingShowsThatNoVmHasIt) {
  doubtDevices();
  refuseTheDevice();
  attachFailure();
  showNoDevice();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_EQ(lines(), disconnectLines());
  EXPECT_FALSE(std::filesystem::exists(device()));
}

TEST_F(DoubtfulAttachTest, TakesBackWhatTheVmDidNotSayItHad) {
  attachFailure();
  showNoDevice();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_EQ(lines(), detachLines());
}

TEST_F(DoubtfulAttachTest, AfterARestartTakesNothingThatAVmHas) {
  attachFailure();
  restart();
  showDevice();
  EXPECT_THAT(undoFailure(), AllOf(HasSubstr("VM vm1 has it as xvdb"), HasSubstr("detach-volume --force")));
  EXPECT_THAT(lines(), IsEmpty());
  showNoDevice();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_EQ(lines(), disconnectLines());
}

TEST_F(DoubtfulAttachTest, ThatDidNotReachTheVmLeavesWhatIsThereAndSaysTheWayOut) {
  doubtDevices();
  runner_.on("login", FakeCommandRunner::exits(8, "it is broken"));
  attachFailure();
  showDevice();
  EXPECT_THAT(undoFailure(), AllOf(HasSubstr("VM vm1 has it as xvdb"), HasSubstr("detach-volume --force")));
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(DoubtfulAttachTest, LeavesADeviceThatTheVmSaysItHadAlready) {
  writePatterns(iscsiPatterns() + "vm.attach.ok-stderr = already exists\n");
  runner_.on("block-attach", FakeCommandRunner::exits(1, "xvdb already exists"));
  attachFailure();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_TRUE(isConnected_);
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(DoubtfulAttachTest, OfSessionsAloneTakesItsDeviceBackAndDisconnectsOnceNoVmHasIt) {
  find(Presence::Unknown, Presence::Absent);
  refuseTheDevice();
  EXPECT_THAT(attachFailure(), Not(HasSubstr("undoing")));
  std::vector<std::string> expected = attachLines();
  for (const std::string& line : detachLines()) expected.push_back(line);
  EXPECT_EQ(lines(), expected);
  EXPECT_FALSE(std::filesystem::exists(device()));
}

TEST_F(DoubtfulAttachTest, WithoutAListOfDevicesWaitsUntilTheHostIsSeenToBeDisconnected) {
  std::string patterns = iscsiPatterns();
  patterns.erase(patterns.find("list.devices"));
  writePatterns(patterns);
  doubtSessions();
  refuseTheDevice();
  EXPECT_THAT(attachFailure(), HasSubstr("without list.devices nothing tells"));
  EXPECT_THAT(lines().back(), HasSubstr("block-attach"));
  EXPECT_THAT(undoFailure(), HasSubstr("detach-volume --force"));
  runner_.on("sessions", FakeCommandRunner::prints(""));
  EXPECT_EQ(undoFailure(), "undone");
}

TEST_F(FoundBeforeTest, WhatOnlyARetriedCommandFindsIsTheAttachsOwn) {
  writePatterns(iscsiPatterns() + "vm.attach.ok-stderr = already exists\n");
  runner_.on("block-attach", FakeCommandRunner::exits(1, "xvdb already exists"));
  attachFailure();
  EXPECT_EQ(undoFailure(), "undone");
  EXPECT_FALSE(isConnected_);
  EXPECT_EQ(lines(), detachLines());
}

TEST_F(FoundBeforeTest, ARepairThatFailsTakesNothingBack) {
  refuseTheDevice();
  EXPECT_THROW(delegate().attachVolume(doing("op-1"), kAttachment), Error);
  EXPECT_THAT(lines().back(), HasSubstr("block-attach"));
  EXPECT_TRUE(std::filesystem::exists(device()));
}

TEST_F(FoundBeforeTest, IsTakenAwayWithTheRestWhenADetachIsAskedFor) {
  find(Presence::Present, Presence::Absent);
  isConnected();
  attachFailure();
  runner_.forget();
  delegate().detachVolume(doing("op-2"), kAttachment);
  EXPECT_EQ(lines(), detachLines());
}

}  // namespace
}  // namespace vbs::vmm_delegate
