#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fakes/fake_vmm_delegate.h"
#include "fakes/fake_volume_delegate.h"
#include "support/eventually.h"
#include "support/expect_error.h"
#include "support/operation_context.h"
#include "vbs_service/coordinator.h"
#include "vbs_service/temporary_database.h"
#include "vbs_service/workflows/resume.h"

namespace vbs {

inline Error commandFailed(const std::string& text = "lvcreate: no") {
  return Error(text, {}, {.action = "volume.create", .exitCode = 5, .stderrTail = text})
      .withEffect(Effect::None);
}
inline Error unreachable() {
  return {ErrorCode::DelegateUnreachable, "connection refused"};
}
inline Error timeout() {
  return {ErrorCode::Timeout, "no answer in 120 s"};
}

/// A Coordinator on a database of its own, with a volume server and two VM hosts, node1 and node2, in memory.
class ServiceUnderTest {
public:
  /// `before`: called before the service starts, with the volume server and the hosts as they are then.
  explicit ServiceUnderTest(const std::function<void(ServiceUnderTest&)>& before = nullptr) {
    settings.targetPrefix = "iqn.2009-09.org.example";
    settings.copyPollInterval = std::chrono::milliseconds(2);
    settings.firstRetryDelay = std::chrono::milliseconds(2);
    settings.maxRetryDelay = std::chrono::milliseconds(10);
    volumes.checkHolders([this](const VolumeId& id) { return node1->holds(id) || node2->holds(id); });
    if (before) before(*this);
    start();
  }
  ~ServiceUnderTest() {
    coordinator_.reset();
    volumes.checkHolders(nullptr);
  }
  ServiceUnderTest(const ServiceUnderTest&) = delete;
  ServiceUnderTest& operator=(const ServiceUnderTest&) = delete;

  Coordinator& operator*() { return *coordinator_; }
  Coordinator* operator->() { return coordinator_.get(); }
  metadata::MetadataStore& store() { return *store_; }
  const std::filesystem::path& databaseFile() const { return databaseFile_; }

  void start() {
    store_ = std::make_unique<metadata::MetadataStore>(databaseFile_, workflows::operationKinds());
    coordinator_ = std::make_unique<Coordinator>(*store_, volumeServers, hosts, settings);
  }
  void stop() {
    coordinator_.reset();
    store_.reset();
  }
  void restart() {
    stop();
    start();
  }

  /// Keeps the database as it is now, as a sudden death of the service would.
  void keepDatabaseAsOfNow() {
    const std::string kept = (database_.directory() / ("kept-" + std::to_string(++kept_) + ".db")).string();
    std::filesystem::copy_file(databaseFile_, kept);
    const std::string wal = databaseFile_.string() + "-wal";
    if (std::filesystem::exists(wal)) std::filesystem::copy_file(wal, kept + "-wal");
    keptFile_ = kept;
  }
  /// Starts anew with the database that was kept.
  void startFromKept() {
    stop();
    databaseFile_ = keptFile_;
    start();
  }

  static RequestContext context() { return {RequestId("request-1")}; }

  Volume createVolume(std::int64_t sizeGiB = 1) {
    return coordinator_->createVolume(
        context(),
        {.sizeGiB = sizeGiB, .comment = "", .snapshotId = std::nullopt, .clientToken = std::nullopt});
  }
  Volume createVolumeFrom(const SnapshotId& snapshotId) {
    return coordinator_->createVolume(
        context(),
        {.sizeGiB = std::nullopt, .comment = "", .snapshotId = snapshotId, .clientToken = std::nullopt});
  }
  Snapshot createSnapshot(const VolumeId& volumeId) {
    return coordinator_->createSnapshot(context(),
                                        {.volumeId = volumeId, .comment = "", .clientToken = std::nullopt});
  }
  Attachment attach(const VolumeId& volumeId, const std::string& device = "xvdb",
                    const std::string& host = "node1") {
    return coordinator_->attachVolume(context(), {.volumeId = volumeId,
                                                  .vmmHostname = VmmHostname(host),
                                                  .vmId = VmId("vm1"),
                                                  .vmDevice = VmDevice(device)});
  }
  Attachment detach(const VolumeId& volumeId, bool force = false) {
    return coordinator_->detachVolume(context(), {.volumeId = volumeId, .force = force});
  }
  ReconcileReport reconcile(const ReconcileRequest& request = {}) {
    return coordinator_->administration().reconcile(context(), request);
  }
  void deleteVolume(const VolumeId& volumeId) { coordinator_->deleteVolume(context(), volumeId); }
  void deleteSnapshot(const SnapshotId& id) { coordinator_->deleteSnapshot(context(), id); }

  Volume volume(const VolumeId& id) {
    return coordinator_
        ->describeVolumes(context(), {.ids = {id}, .maxResults = std::nullopt, .nextToken = std::nullopt})
        .records.at(0);
  }
  Snapshot snapshot(const SnapshotId& id) {
    return coordinator_
        ->describeSnapshots(context(), {.ids = {id}, .maxResults = std::nullopt, .nextToken = std::nullopt})
        .records.at(0);
  }
  std::vector<Volume> allVolumes() { return coordinator_->describeVolumes(context(), {}).records; }
  std::vector<Snapshot> allSnapshots() { return coordinator_->describeSnapshots(context(), {}).records; }
  std::vector<metadata::Operation> openOperations() {
    return store_->read([](const metadata::MetadataReader& tx) { return tx.openOperations(); });
  }
  bool isGone(const VolumeId& id) {
    return !store_->read([&](const metadata::MetadataReader& tx) { return tx.findVolume(id); });
  }

  /// Waits until no operation is open and no copy is awaited.
  void awaitQuiet() {
    eventually([this] {
      if (!openOperations().empty()) return false;
      for (const Volume& volume : allVolumes()) {
        if (volume.status == VolumeStatus::Pending) return false;
      }
      return true;
    });
  }

  /// The invariant: what exists on the volume server and the VM hosts is what the metadata says.
  void expectWorldMatchesMetadata() {
    FakeVolumeDelegate::World server;
    std::map<VolumeId, VmAttachment> onNode1;
    std::map<VolumeId, VmAttachment> onNode2;
    std::map<VolumeId, VmmHostname> exportedTo;
    for (const Volume& volume : allVolumes()) {
      EXPECT_TRUE(volume.status == VolumeStatus::Available || volume.status == VolumeStatus::InUse ||
                  volume.status == VolumeStatus::Error)
          << volume.volumeId.str() << " is " << toString(volume.status);
      server.volumes.emplace(volume.volumeId,
                             FakeVolumeDelegate::StoredVolume{volume.size, volume.snapshotId});
      EXPECT_EQ(volume.status == VolumeStatus::InUse, volume.attachment.has_value());
      if (!volume.attachment) continue;
      EXPECT_EQ(volume.attachment->status, AttachmentStatus::Attached);
      const auto record = store_->read(
          [&](const metadata::MetadataReader& tx) { return tx.findAttachment(volume.volumeId).value(); });
      server.exports.emplace(volume.volumeId, record.target);
      exportedTo.emplace(volume.volumeId, volume.attachment->vmmHostname);
      auto& host = volume.attachment->vmmHostname == VmmHostname("node1") ? onNode1 : onNode2;
      VmAttachment attachment{.volumeId = volume.volumeId,
                              .targetName = std::nullopt,
                              .portal = record.exported.portal,
                              .lun = record.exported.lun,
                              .vmId = volume.attachment->vmId,
                              .vmDevice = volume.attachment->vmDevice,
                              .size = volume.size};
      if (record.target) attachment.targetName = record.target->targetName;
      host.emplace(volume.volumeId, attachment);
    }
    for (const Snapshot& snapshot : allSnapshots()) {
      EXPECT_EQ(snapshot.status, SnapshotStatus::Completed);
      server.snapshots.emplace(snapshot.snapshotId,
                               FakeVolumeDelegate::StoredSnapshot{snapshot.volumeId, snapshot.size});
    }
    EXPECT_EQ(volumes.world().volumes, server.volumes);
    EXPECT_EQ(volumes.world().snapshots, server.snapshots);
    EXPECT_EQ(volumes.world().exports, server.exports);
    EXPECT_EQ(volumes.exportedTo(), exportedTo);
    EXPECT_EQ(node1->world(), onNode1);
    EXPECT_EQ(node2->world(), onNode2);
    EXPECT_TRUE(volumes.violations().empty()) << volumes.violations().front();
  }

  CoordinatorSettings settings;
  FakeVolumeDelegate volumes;
  const VolumeServers volumeServers{{{defaultVolumeServer(), volumes}}};
  std::shared_ptr<FakeVmmDelegate> node1 = std::make_shared<FakeVmmDelegate>();
  std::shared_ptr<FakeVmmDelegate> node2 = std::make_shared<FakeVmmDelegate>();
  VmmDelegates hosts{{{.name = "node1", .url = "http://node1.example:8092"},
                      {.name = "node2", .url = "http://node2.example:8092"}},
                     [this](const std::string& url) -> std::shared_ptr<VmmDelegate> {
                       return url.starts_with("http://node1") ? node1 : node2;
                     }};

private:
  TemporaryDatabase database_;
  std::filesystem::path databaseFile_ = database_.file();
  std::string keptFile_;
  int kept_ = 0;
  std::unique_ptr<metadata::MetadataStore> store_;
  std::unique_ptr<Coordinator> coordinator_;
};

class ServiceTest : public testing::Test {
protected:
  ServiceUnderTest service_;
};

}  // namespace vbs
