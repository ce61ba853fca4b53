#include "vbs_service/metadata/metadata_store_fixture.h"

namespace vbs::metadata {
namespace {

TEST_F(MetadataStoreTest, AVolumeHasOneOwningOperationAtATime) {
  const std::string id = insertVolume().volumeId.str();
  store_.write([&](MetadataWriter& tx) { tx.openOperation(operationOn(id, "op-1")); });
  expectError(ErrorCode::IncorrectState, "another operation (attachVolume op-1)",
              [&] { store_.write([&](MetadataWriter& tx) { tx.openOperation(operationOn(id, "op-2")); }); });
  store_.write([&](MetadataWriter& tx) { tx.closeOperation(OperationId("op-1")); });
  EXPECT_NO_THROW(store_.write([&](MetadataWriter& tx) { tx.openOperation(operationOn(id, "op-2")); }));
}

TEST_F(MetadataStoreTest, CleaningALostHostGoesOnBesideOtherOperations) {
  const std::string id = insertVolume().volumeId.str();
  store_.write([&](MetadataWriter& tx) {
    for (const char* cleaning : {"op-1", "op-2"}) {
      NewOperation operation = operationOn(id, cleaning, "cleanHost");
      operation.isExclusive = false;
      tx.openOperation(operation);
    }
    EXPECT_FALSE(tx.operationOn(id));
    tx.openOperation(operationOn(id, "op-3"));
  });
  const auto owner = store_.read([&](const MetadataReader& tx) { return tx.operationOn(id); });
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->id, OperationId("op-3"));
}

TEST_F(MetadataStoreTest, AHostIsOwedACleaningAsLongAsItsOperationIsOpen) {
  const VolumeId id = insertVolume().volumeId;
  const HostCleaning forced{.operationId = OperationId("op-1"),
                            .volumeId = id,
                            .vmmHostname = VmmHostname("node1"),
                            .vmId = VmId("vm1"),
                            .vmDevice = VmDevice("xvdb")};
  const HostCleaning found{.operationId = OperationId("op-2"),
                           .volumeId = id,
                           .vmmHostname = VmmHostname("node2"),
                           .wasFound = true};
  store_.write([&](MetadataWriter& tx) {
    for (const HostCleaning& cleaning : {forced, found}) {
      NewOperation operation = operationOn(id.str(), cleaning.operationId.str(), "cleanHost");
      operation.isExclusive = false;
      tx.openOperation(operation);
      tx.oweCleaning(cleaning);
    }
  });
  const auto all = [&] { return store_.read([](const MetadataReader& tx) { return tx.hostCleanings(); }); };
  const auto at = [&](const char* host) {
    return store_.read([&](const MetadataReader& tx) { return tx.hostCleaningsAt(VmmHostname(host)); });
  };
  EXPECT_EQ(all(), (std::vector{forced, found}));
  EXPECT_EQ(at("node1"), std::vector{forced});
  EXPECT_EQ(at("node3"), std::vector<HostCleaning>{});
  store_.write([](MetadataWriter& tx) { tx.closeOperation(OperationId("op-1")); });
  EXPECT_EQ(all(), std::vector{found});
}

TEST_F(MetadataStoreTest, TheJournalKeepsHowFarAnOperationGotAcrossARestart) {
  const TemporaryDatabase database;
  std::string context;
  {
    MetadataStore store(database.file());
    store.write([&](MetadataWriter& tx) {
      const VolumeId id = insertVolume(tx, VolumeStatus::Attaching).volumeId;
      tx.insertAttachment(attachmentOf(id, "xvdb"));
      tx.openOperation(operationOn(id.str(), "op-1"));
      context = R"({"lun":1,"volumeId":")" + id.str() + R"("})";
      tx.recordStep(OperationId("op-1"), "attachVolume", context);
      tx.recordRollBack(OperationId("op-1"));
      tx.recordFailure(OperationId("op-1"), "host is away", context);
    });
  }
  MetadataStore store(database.file());
  const auto open = store.read([](const MetadataReader& tx) { return tx.openOperations(); });
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].state, OperationState::RollingBack);
  EXPECT_EQ(open[0].step, "attachVolume");
  EXPECT_EQ(open[0].context, context);
  EXPECT_EQ(open[0].attempts, 1);
  EXPECT_EQ(open[0].lastError, "host is away");
  EXPECT_EQ(open[0].requestId, RequestId("request-1"));
}

TEST_F(MetadataStoreTest, CopyingVolumesAreThePendingOnesThatNoOperationOwns) {
  const VolumeId copying = insertVolume(VolumeStatus::Pending).volumeId;
  const VolumeId beingCreated = insertVolume(VolumeStatus::Pending).volumeId;
  insertVolume(VolumeStatus::Available);
  store_.write(
      [&](MetadataWriter& tx) { tx.openOperation(operationOn(beingCreated.str(), "op-1", "createVolume")); });
  const auto volumes = store_.read([](const MetadataReader& tx) { return tx.copyingVolumes(); });
  ASSERT_EQ(volumes.size(), 1U);
  EXPECT_EQ(volumes[0].volumeId, copying);
}

}  // namespace
}  // namespace vbs::metadata
