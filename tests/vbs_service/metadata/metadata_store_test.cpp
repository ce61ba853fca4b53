#include "vbs_service/metadata/metadata_store.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>
#include <latch>
#include <thread>

#include "vbs_service/metadata/metadata_store_fixture.h"

namespace vbs::metadata {
namespace {

TEST_F(MetadataStoreTest, AnswersAVolumeAsItWasWritten) {
  const Volume volume = insertVolume();
  EXPECT_EQ(store_.read([&](const MetadataReader& tx) { return tx.volume(volume.volumeId); }), volume);
}

TEST_F(MetadataStoreTest, AnswersASnapshotAsItWasWritten) {
  const Snapshot snapshot = insertSnapshot(insertVolume().volumeId);
  EXPECT_EQ(store_.read([&](const MetadataReader& tx) { return tx.snapshot(snapshot.snapshotId); }),
            snapshot);
}

TEST_F(MetadataStoreTest, MovesAVolumeOnlyFromTheStatusItIsIn) {
  const VolumeId id = insertVolume(VolumeStatus::InUse).volumeId;
  expectError(ErrorCode::IncorrectState, "is in-use, not available", [&] {
    store_.write(
        [&](MetadataWriter& tx) { tx.moveVolume(id, VolumeStatus::Available, VolumeStatus::Attaching); });
  });
  expectError(ErrorCode::VolumeNotFound, "vol-00000000", [&] {
    store_.write([&](MetadataWriter& tx) {
      tx.moveVolume(VolumeId("vol-00000000"), VolumeStatus::Available, VolumeStatus::Attaching);
    });
  });
}

TEST_F(MetadataStoreTest, AnIllegalTransitionIsAProgrammingError) {
  const VolumeId id = insertVolume(VolumeStatus::InUse).volumeId;
  expectError(ErrorCode::InternalError, "may not go from in-use to deleting", [&] {
    store_.write([&](MetadataWriter& tx) { tx.moveVolume(id, VolumeStatus::InUse, VolumeStatus::Deleting); });
  });
  expectError(ErrorCode::InternalError, "may not go away while in-use",
              [&] { store_.write([&](MetadataWriter& tx) { tx.eraseVolume(id, VolumeStatus::InUse); }); });
  EXPECT_EQ(list().records.at(0).status, VolumeStatus::InUse);
}

TEST_F(MetadataStoreTest, WhateverIsThrownRollsTheTransactionBack) {
  const VolumeId id = insertVolume().volumeId;
  EXPECT_THROW(store_.write([&](MetadataWriter& tx) {
    tx.moveVolume(id, VolumeStatus::Available, VolumeStatus::Attaching);
    throw std::runtime_error("step failed");
  }),
               std::runtime_error);
  EXPECT_EQ(list().records.at(0).status, VolumeStatus::Available);
}

TEST_F(MetadataStoreTest, AVolumeStaysAsLongAsASnapshotOfItDoes) {
  const VolumeId id = insertVolume(VolumeStatus::Deleting).volumeId;
  insertSnapshot(id);
  expectError(ErrorCode::InternalError, "FOREIGN KEY",
              [&] { store_.write([&](MetadataWriter& tx) { tx.eraseVolume(id, VolumeStatus::Deleting); }); });
}

TEST_F(MetadataStoreTest, RemembersHostsByTheirIdentity) {
  const VmmHostname node("node1");
  const DelegateId first("delegate-1");
  const DelegateId second("delegate-2");
  store_.write([&](MetadataWriter& tx) {
    EXPECT_EQ(tx.delegateIdOf(node), std::nullopt);
    tx.rememberHost(node, first);
    tx.rememberHost(VmmHostname("node2"), second);
  });
  EXPECT_THROW(store_.write([&](MetadataWriter& tx) { tx.rememberHost(node, second); }), Error);
  store_.write([&](MetadataWriter& tx) {
    EXPECT_EQ(tx.hostOf(first), node);
    tx.rememberHost(node, DelegateId("delegate-3"));
    EXPECT_EQ(tx.delegateIdOf(node), DelegateId("delegate-3"));
    tx.forgetHost(node);
    EXPECT_EQ(tx.knownHosts(), (std::map<VmmHostname, DelegateId>{{VmmHostname("node2"), second}}));
  });
}

TEST_F(MetadataStoreTest, KeepsWhatAClientTokenWasUsedForUntilItIsFreed) {
  const std::string id = insertVolume().volumeId.str();
  store_.write([&](MetadataWriter& tx) { tx.insertClientToken("createVolume", "t1", {"size=1", id}); });
  const auto use = [&](const char* operation) {
    return store_.read([&](const MetadataReader& tx) { return tx.findClientToken(operation, "t1"); });
  };
  ASSERT_TRUE(use("createVolume"));
  EXPECT_EQ(use("createVolume")->parameters, "size=1");
  EXPECT_EQ(use("createVolume")->resourceId, id);
  EXPECT_FALSE(use("createSnapshot"));
  store_.write([&](MetadataWriter& tx) { tx.eraseClientToken(id); });
  EXPECT_FALSE(use("createVolume"));
}

TEST_F(MetadataStoreTest, ReadersDoNotWaitForAWriter) {
  insertVolume();
  std::latch writing(1);
  std::latch readDone(1);
  std::thread writer([&] {
    store_.write([&](MetadataWriter& tx) {
      insertVolume(tx, VolumeStatus::Available);
      writing.count_down();
      readDone.wait();  // ends only because the reader below is not held up
    });
  });
  writing.wait();
  EXPECT_EQ(list().records.size(), 1U);  // not what is not committed yet
  readDone.count_down();
  writer.join();
  EXPECT_EQ(list().records.size(), 2U);
}

TEST_F(MetadataStoreTest, ConcurrentWritersLoseNothing) {
  constexpr int kThreads = 8;
  constexpr int kEach = 10;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) {
        insertVolume();
        list({}, 5);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(list().records.size(), static_cast<std::size_t>(kThreads * kEach));
}

/// Files of this process cannot grow past `bytes` as long as it lives: a disk that is full.
class FileSizeLimit {
public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(MetadataStoreTest, AFullDiskIsAnErrorAndTheTransactionIsUndone) {
  const VolumeId before = insertVolume().volumeId;
  {
    const FileSizeLimit full(262'144);
    const Error error = errorOf([&] {
      store_.write([&](MetadataWriter& tx) {
        const std::string id = insertVolume(tx, VolumeStatus::Available).volumeId.str();
        tx.insertClientToken("createVolume", "t", {std::string(4'000'000, 'x'), id});
      });
    });
    EXPECT_EQ(error.code(), ErrorCode::InternalError);
    EXPECT_THAT(error.what(), testing::HasSubstr(database_.file().string()));
    EXPECT_EQ(list().records.size(), 1U);
  }
  const VolumeId after = insertVolume().volumeId;
  EXPECT_EQ(list({before, after}).records.size(), 2U);
}

}  // namespace
}  // namespace vbs::metadata
