#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vmm_delegate/command_vmm_delegate_fixture.h"

namespace vbs::vmm_delegate {
namespace {

using command::Command;
using command::FakeCommandRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(CommandVmmDelegateTest, ListsItsSessionsAndDevices) {
  runner_.on("sessions", FakeCommandRunner::prints(
                             "iqn.2009-09.org.example:vol-00000001\niqn.2009-09.org.example:backup\n"));
  runner_.on("devices", FakeCommandRunner::prints("vm1 xvda root\nvm1 xvdb vol-00000001\n"));
  const VmHostInventory inventory = delegate().inventory(kRequest);
  EXPECT_THAT(inventory.sessions.value().items,
              ElementsAre(VmHostInventory::Session{kAttachment.targetName, kVolume}));
  EXPECT_THAT(
      inventory.devices.value().items,
      ElementsAre(VmHostInventory::Device{kVolume, kAttachment.vmId, kAttachment.vmDevice, std::nullopt}));
}

TEST_F(CommandVmmDelegateTest, HasNothingToListWhereNothingIsConnected) {
  writePatterns("host.device = rbd:pool/<volumeId>\n");
  const VmHostInventory inventory = delegate().inventory(kRequest);
  EXPECT_FALSE(inventory.sessions);
  EXPECT_FALSE(inventory.devices);
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(CommandVmmDelegateTest, KnowsNothingWhereTheListIsMissing) {
  for (const std::string key : {"list.sessions", "list.devices"}) {
    std::string patterns = iscsiPatterns();
    while (patterns.find("\n" + key) != std::string::npos) {
      const auto begin = patterns.find("\n" + key);
      patterns.erase(begin, patterns.find('\n', begin + 1) - begin);
    }
    writePatterns(patterns);
    delegate_.reset();
    const VmHostInventory inventory = delegate().inventory(kRequest);
    const bool isSessions = key == "list.sessions";
    const auto state = isSessions ? inventory.sessions->state : inventory.devices->state;
    const auto reason = isSessions ? inventory.sessions->reason : inventory.devices->reason;
    EXPECT_EQ(state, ListingState::Unknown);
    EXPECT_THAT(reason, HasSubstr(key));
  }
}

TEST_F(CommandVmmDelegateTest, KnowsNothingWhereAListFails) {
  runner_.on("devices", FakeCommandRunner::exits(1, "cannot connect to the hypervisor"));
  const VmHostInventory inventory = delegate().inventory(kRequest);
  EXPECT_EQ(inventory.sessions->state, ListingState::Complete);
  EXPECT_EQ(inventory.devices->state, ListingState::Unknown);
  EXPECT_THAT(inventory.devices->reason, HasSubstr("cannot connect to the hypervisor"));
}

}  // namespace
}  // namespace vbs::vmm_delegate
