#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "support/expect_error.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/temporary_database.h"

namespace vbs::metadata {

class MetadataStoreTest : public testing::Test {
protected:
  Volume insertVolume(VolumeStatus status = VolumeStatus::Available) {
    return store_.write([&](MetadataWriter& tx) { return insertVolume(tx, status); });
  }

  static Volume insertVolume(MetadataWriter& tx, VolumeStatus status,
                             const VolumeServerName& server = defaultVolumeServer()) {
    Volume volume{.volumeId = tx.newVolumeId(server),
                  .size = SizeGiB(3),
                  .comment = "data",
                  .snapshotId = std::nullopt,
                  .status = status,
                  .statusReason = std::nullopt,
                  .progressPercent = std::nullopt,
                  .createTime = tx.now(),
                  .attachment = std::nullopt};
    tx.insertVolume(volume);
    return volume;
  }

  Snapshot insertSnapshot(const VolumeId& of) {
    return store_.write([&](MetadataWriter& tx) {
      Snapshot snapshot{.snapshotId = tx.newSnapshotId(defaultVolumeServer()),
                        .volumeId = of,
                        .size = SizeGiB(3),
                        .comment = "before the upgrade",
                        .status = SnapshotStatus::Completed,
                        .statusReason = std::nullopt,
                        .progressPercent = std::nullopt,
                        .startTime = tx.now()};
      tx.insertSnapshot(snapshot);
      return snapshot;
    });
  }

  static NewAttachment attachmentOf(const VolumeId& volumeId, const std::string& device,
                                    std::optional<TargetId> targetId = std::nullopt) {
    NewAttachment attachment{.volumeId = volumeId,
                             .vmmHostname = VmmHostname("node1"),
                             .vmId = VmId("vm1"),
                             .vmDevice = VmDevice(device)};
    if (targetId) {
      attachment.target = TargetIdentity{*targetId, TargetName("iqn.2009-09.org.example:" + volumeId.str())};
    }
    return attachment;
  }

  Page<Volume> list(const std::vector<VolumeId>& ids = {}, std::optional<int> maxResults = std::nullopt,
                    const std::optional<std::string>& nextToken = std::nullopt) {
    return store_.read([&](const MetadataReader& tx) {
      return tx.describeVolumes({.ids = ids, .maxResults = maxResults, .nextToken = nextToken});
    });
  }

  static NewOperation operationOn(const std::string& resource, const std::string& id,
                                  const std::string& kind = "attachVolume") {
    return {
        .id = OperationId(id),
        .kind = kind,
        .resource = {SnapshotId::isValid(resource) ? ResourceKind::Snapshot : ResourceKind::Volume, resource},
        .step = "exportVolume",
        .context = "{}",
        .requestId = RequestId("request-1")};
  }

  TemporaryDatabase database_;
  MetadataStore store_{database_.file()};
};

}  // namespace vbs::metadata
