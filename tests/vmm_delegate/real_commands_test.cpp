#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "common/command/process_runner.h"
#include "common/model/error.h"
#include "support/expect_error.h"
#include "support/operation_context.h"
#include "support/scratch_directory.h"
#include "vmm_delegate/command_vmm_delegate.h"

// The delegate with real commands: a "host" connects to a volume by a link to its file, a "VM" is a directory
// and holds links to the devices it was given.

namespace vbs::vmm_delegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const VolumeId kVolume("vol-00000001");
const RequestId kRequest("request-1");
const VmAttachment kAttachment{.volumeId = kVolume,
                               .targetName = {},
                               .portal = {},
                               .lun = {},
                               .vmId = VmId("vm1"),
                               .vmDevice = VmDevice("xvdb")};

class RealCommandsTest : public testing::Test {
protected:
  void SetUp() override {
    for (const char* name : {"volumes", "host", "vm1"}) {
      std::filesystem::create_directory(directory_.path() / name);
    }
    directory_.write("volumes/vol-00000001", "the data");
    file_.emplace(directory_.write("commands.properties", "param.root = " + directory_.path().string() + R"(
host.connect = ln -sfn <root>/volumes/<volumeId> <root>/host/<volumeId>
host.disconnect = rm -f <root>/host/<volumeId>
host.device = <root>/host/<volumeId>
vm.attach = ln -sfn <vmmDev> <root>/<vmId>/<vmDev>
vm.detach = rm -f <root>/<vmId>/<vmDev>
list.sessions = ls <root>/host
list.sessions.output = ^(?<volumeId>\S+)$
list.devices = find <root> -type l -path */vm*/*  -printf "%P %l\n"
list.devices.output = ^(?<vmId>\w+)/(?<vmDev>\w+) (?<vmmDev>\S+/(?<volumeId>\S+))$
)"),
                  command::Host::VmHost);
    delegate_.emplace(*file_, runner_, Settings{.version = "1.2.3", .identity = DelegateId("host-1")});
  }

  std::string device() const { return (directory_.path() / "host/vol-00000001").string(); }

  support::ScratchDirectory directory_;
  command::ProcessRunner runner_;
  std::optional<command::LiveCommandFile> file_;
  std::optional<CommandVmmDelegate> delegate_;
};

TEST_F(RealCommandsTest, GiveTheVolumeToTheVmAndTakeItBack) {
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(delegate_->attachVolume(doing("op-1"), kAttachment).hostDevice, device());
  std::ifstream inVm(directory_.path() / "vm1/xvdb");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(inVm), {}), "the data");
  const VmHostInventory inventory = delegate_->inventory(kRequest);
  EXPECT_THAT(inventory.sessions.value().items, ElementsAre(VmHostInventory::Session{std::nullopt, kVolume}));
  EXPECT_THAT(
      inventory.devices.value().items,
      ElementsAre(VmHostInventory::Device{kVolume, kAttachment.vmId, kAttachment.vmDevice, device()}));

  for (int i = 0; i < 2; ++i) delegate_->detachVolume(doing("op-2"), kAttachment);
  EXPECT_THAT(delegate_->inventory(kRequest).sessions.value().items, IsEmpty());
  EXPECT_THAT(delegate_->inventory(kRequest).devices.value().items, IsEmpty());
}

TEST_F(RealCommandsTest, LeaveNothingBehindWhenTheVmIsNotThere) {
  VmAttachment attachment = kAttachment;
  attachment.vmId = VmId("vm9");
  attachment.before = PriorFinding{Presence::Absent, Presence::Absent};
  const Error error = errorOf([&] { delegate_->attachVolume(doing("op-1"), attachment); });
  EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(error.command()->action, "vm.attach");
  EXPECT_THAT(error.command()->stderrTail, HasSubstr("No such file or directory"));
  EXPECT_THAT(delegate_->inventory(kRequest).sessions.value().items, IsEmpty());
}

}  // namespace
}  // namespace vbs::vmm_delegate
