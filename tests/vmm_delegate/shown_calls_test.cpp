#include "vmm_delegate/shown_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "support/expect_error.h"
#include "support/shown_as_run.h"

namespace vbs::vmm_delegate {
namespace {

using testing::HasSubstr;

std::shared_ptr<const command::CommandFile> parse(const std::string& text) {
  const auto checked = command::CommandFile::parse(text, "commands.properties", command::Host::VmHost);
  EXPECT_TRUE(checked.file) << (checked.faults.empty() ? "" : toString(checked.faults[0]));
  return checked.file;
}

std::shared_ptr<const command::CommandFile> patterns() {
  return parse(R"(
host.connect.1 = iscsiadm -m discovery -t sendtargets -p <portal>
host.connect.2 = iscsiadm -m node -T <targetName> -p <portal> --login
host.disconnect = iscsiadm -m node -T <targetName> -p <portal> --logout
host.device = /dev/disk/by-path/ip-<portal>-iscsi-<targetName>-lun-<lun>
vm.attach = xm block-attach <vmId> phy:<vmmDev> <vmDev> w
vm.detach = xm block-detach <vmId> <vmDev>
)");
}

std::string show(const std::shared_ptr<const command::CommandFile>& file, std::string_view operation,
                 const command::Parameters& given) {
  return delegate::dryRun(shownCalls(), file, operation, given);
}

command::Parameters shortValues() {
  return command::Parameters()
      .set("portal", "192.0.2.1:3260")
      .set("targetName", "iqn.2009-09.org.vbs:vol-00000001")
      .set("vmId", "7");
}

TEST(ShownVmmDelegateCalls, ShowsAnAttachInItsOrder) {
  EXPECT_EQ(
      show(patterns(), "attachVolume", shortValues()),
      "inventory, before attachVolume: what it shows stays there\n"
      "  list.sessions       (no such key: skipped)\n"
      "  list.devices        (no such key: skipped)\n"
      "\n"
      "attachVolume\n"
      "  host.connect.1      iscsiadm -m discovery -t sendtargets -p 192.0.2.1:3260\n"
      "  host.connect.2      iscsiadm -m node -T iqn.2009-09.org.vbs:vol-00000001 -p 192.0.2.1:3260 --login\n"
      "  host.device         /dev/disk/by-path/ip-192.0.2.1:3260-iscsi-iqn.2009-09.org.vbs:vol-00000001-lun-1"
      "    # waited for\n"
      "  host.check          (no such key: skipped)\n"
      "  vm.attach           xm block-attach 7 "
      "phy:/dev/disk/by-path/ip-192.0.2.1:3260-iscsi-iqn.2009-09.org.vbs:vol-00000001-lun-1 xvdb w\n");
}

TEST(ShownVmmDelegateCalls, ShowsADetachInItsOrder) {
  EXPECT_EQ(
      show(patterns(), "detachVolume", shortValues()),
      "detachVolume\n"
      "  vm.detach           xm block-detach 7 xvdb\n"
      "  host.disconnect     iscsiadm -m node -T iqn.2009-09.org.vbs:vol-00000001 -p 192.0.2.1:3260 "
      "--logout\n"
      "  host.device         /dev/disk/by-path/ip-192.0.2.1:3260-iscsi-iqn.2009-09.org.vbs:vol-00000001-lun-1"
      "    # waited for until it is gone\n"
      "\n"
      "detachVolume of a volume that no VM has\n"
      "  host.disconnect     iscsiadm -m node -T iqn.2009-09.org.vbs:vol-00000001 -p 192.0.2.1:3260 "
      "--logout\n"
      "  host.device         /dev/disk/by-path/ip-192.0.2.1:3260-iscsi-iqn.2009-09.org.vbs:vol-00000001-lun-1"
      "    # waited for until it is gone\n");
}

TEST(ShownVmmDelegateCalls, ShowsADetachWhereNothingIsConnected) {
  const auto file =
      parse("host.device = rbd:pool/<volumeId>\nvm.attach = plug <vmId>\nvm.detach = unplug <vmId>\n");
  EXPECT_EQ(show(file, "detachVolume", {}),
            "detachVolume\n"
            "  vm.detach           unplug vm1\n"
            "  host.disconnect     (no such key: skipped)\n"
            "\n"
            "detachVolume of a volume that no VM has\n"
            "  (fails: detachVolume names no vmId, and nothing that this host could be disconnected from)\n");
}

TEST(ShownVmmDelegateCalls, ShowsWhatOnlyConnectingFindsOut) {
  const auto file = parse(R"(
host.connect = rbd map <volumeId>
host.connect.output = (?<mapped>/dev/\S+)
host.disconnect = rbd unmap <volumeId>
host.device = <mapped>
vm.attach = xl block-attach <vmId> phy:<vmmDev> <vmDev> w
vm.detach = xl block-detach <vmId> <vmDev>
)");
  EXPECT_THAT(show(file, "attachVolume", {}),
              AllOf(HasSubstr("host.device         <mapped>    # known once a command has told it\n"),
                    HasSubstr("phy:<mapped>")));
}

TEST(ShownVmmDelegateCalls, ShowsWhatADetachLooksAtFirst) {
  const auto file = parse(R"(
host.connect = login <targetName>
host.disconnect = logout <targetName>
host.device = iscsi://<portal>/<targetName>/<lun>
vm.attach = plug <vmId> <vmmDev>
vm.detach = unplug <vmId> <vmmDev>
list.devices = devices
list.devices.output = (?<volumeId>\S+)
)");
  EXPECT_THAT(show(file, "detachVolume", {}),
              HasSubstr("  list.devices        devices    # no VM may have it\n"
                        "  host.disconnect     logout iqn.2009-09.org.vbs:vol-0a1b2c3d\n"));
}

TEST(ShownVmmDelegateCalls, AreShownAsTheyAreRun) {
  const auto file = parse(R"(
host.connect.1 = discover <portal>
host.connect.2 = login <targetName>
host.disconnect = logout <targetName>
host.device = iscsi://<portal>/<targetName>/<lun>
host.check = size <vmmDev> <sizeBytes>
vm.attach = plug <vmId> <vmmDev>
vm.detach = unplug <vmId> <vmDev>
list.sessions = sessions
list.sessions.output = (?<targetName>\S+)
list.devices = devices
list.devices.output = (?<volumeId>\S+)
)");
  command::FakeCommandRunner runner;
  support::expectShownAsRun(shownCalls(), file, runner);
}

TEST(ShownVmmDelegateCalls, SaysWhenADeviceIsAReference) {
  const auto file = parse("host.device = rbd:pool/<volumeId>\n");
  EXPECT_EQ(show(file, "attachVolume", {}),
            "inventory, before attachVolume: what it shows stays there\n"
            "  (runs nothing)\n"
            "\n"
            "attachVolume\n"
            "  host.connect        (no such key: skipped)\n"
            "  host.device         rbd:pool/vol-0a1b2c3d    # used as it is\n"
            "  host.check          (no such key: skipped)\n"
            "  vm.attach           (no such key: skipped)\n");
}

TEST(ShownVmmDelegateCalls, ListsTheOperationsWhenItKnowsNoneOfThatName) {
  expectError(ErrorCode::InvalidParameter, "expected one of attachVolume, detachVolume, inventory",
              [&] { show(patterns(), "createVolume", {}); });
}

TEST(ShownVmmDelegateCalls, RefusesAParameterThatNothingKnows) {
  const auto refusalOf = [](const std::string& name) -> std::string {
    try {
      return show(patterns(), "attachVolume", command::Parameters().set(name, "web1"));
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(refusalOf("vmid"), "\"vmid\" is no parameter; did you mean vmId?");
  EXPECT_THAT(refusalOf("colour"), HasSubstr("\"colour\" is no parameter: expected one of "));
}

TEST(ShownVmmDelegateCalls, TakesValuesForWhatCommandsFindOut) {
  const auto file = parse(R"(
host.connect = rbd map <volumeId>
host.connect.output = (?<mapped>/dev/\S+)
host.disconnect = rbd unmap <volumeId>
host.device = <mapped>
)");
  EXPECT_THAT(show(file, "attachVolume", command::Parameters().set("mapped", "/dev/rbd0")),
              HasSubstr("host.device         /dev/rbd0"));
}

}  // namespace
}  // namespace vbs::vmm_delegate
