#include "vbs_service/engine/context.h"

#include "support/expect_error.h"

namespace vbs::engine {
namespace {

TEST(Context, ComesBackFromTheJournalAsItWas) {
  Context context{.volumeId = VolumeId("vol-0a1b2c3d")};
  EXPECT_EQ(contextFromJson(toJson(context)), context);
  context.snapshotId = SnapshotId("snap-0a1b2c3d");
  context.size = SizeGiB(12);
  context.volumeBefore = VolumeStatus::Error;
  context.snapshotBefore = SnapshotStatus::Completed;
  context.reasonBefore = "dd: 'I/O' error\n";
  context.vmmHostname = VmmHostname("node1");
  context.vmId = VmId("vm1");
  context.vmDevice = VmDevice("xvdb");
  context.target =
      TargetIdentity{.targetId = TargetId(7), .targetName = TargetName("iqn.2009-09.org.example:x")};
  context.exported = {.portal = Portal("[::1]:3260"), .lun = Lun(1)};
  context.before = PriorFinding{Presence::Present, Presence::Absent};
  context.lostHost = VmmHostname("node1");
  context.replacedOperation = OperationId("op-1");
  context.wasFound = true;
  context.foundTarget = TargetName("iqn.2009-09.org.example:found");
  context.restoresDevice = true;
  context.reconnects = true;
  context.isPartlyDone = true;
  EXPECT_EQ(contextFromJson(toJson(context)), context);
}

TEST(Context, OneOfAnOlderVersionIsRead) {
  const Context context =
      contextFromJson(R"({"volumeId":"vol-0a1b2c3d","vmmHostname":"node1","vmId":"vm1","vmDevice":"xvdb"})");
  EXPECT_EQ(context.vmmHostname, VmmHostname("node1"));
  EXPECT_FALSE(context.lostHost);
}

TEST(Context, ADamagedOneIsReported) {
  for (const char* bad : {"", "{}", "[]", R"({"volumeId":1})", R"({"volumeId":"vol-1"})",
                          R"({"volumeId":"vol-0a1b2c3d","lun":"x"})"}) {
    expectError(ErrorCode::InternalError, "damaged context", [&] { contextFromJson(bad); });
  }
}

}  // namespace
}  // namespace vbs::engine
