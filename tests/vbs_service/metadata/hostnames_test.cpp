#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/temporary_database.h"

namespace vbs::metadata {
namespace {

VolumeId attachedVolume(MetadataStore& store, const std::string& host) {
  return store.write([&](MetadataWriter& tx) {
    const Volume volume{.volumeId = tx.newVolumeId(defaultVolumeServer()),
                        .size = SizeGiB(3),
                        .comment = "data",
                        .snapshotId = std::nullopt,
                        .status = VolumeStatus::InUse,
                        .statusReason = std::nullopt,
                        .progressPercent = std::nullopt,
                        .createTime = tx.now(),
                        .attachment = std::nullopt};
    tx.insertVolume(volume);
    tx.insertAttachment({.volumeId = volume.volumeId,
                         .vmmHostname = VmmHostname(host),
                         .vmId = VmId("vm1"),
                         .vmDevice = VmDevice("xvdb")});
    tx.moveAttachment(volume.volumeId, AttachmentStatus::Attaching, AttachmentStatus::Attached);
    return volume.volumeId;
  });
}

std::optional<VolumeId> holderOn(MetadataStore& store, const std::string& host) {
  return store.read([&](const MetadataReader& tx) {
    return tx.volumeAt(VmmHostname(host), VmId("vm1"), VmDevice("xvdb"));
  });
}

TEST(Hostnames, AreOneInAnyCase) {
  const TemporaryDatabase database;
  MetadataStore store(database.file());
  const VolumeId id = attachedVolume(store, "KVM01.Example.org");
  EXPECT_EQ(holderOn(store, "kvm01.example.ORG"), id);
}

TEST(Hostnames, WithCapitalsFromBeforeAreFoundInLowerCaseFromTheNextStartOn) {
  const TemporaryDatabase database;
  VolumeId id("vol-00000000");
  {
    MetadataStore store(database.file());
    id = attachedVolume(store, "kvm01");
  }
  SQLite::Database(database.file().string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE attachments SET vmm_hostname = 'KVM01'");
  MetadataStore store(database.file());
  EXPECT_EQ(holderOn(store, "kvm01"), id);
  EXPECT_EQ(
      store.read([&](const MetadataReader& tx) { return tx.findAttachment(id); })->attachment.vmmHostname,
      VmmHostname("kvm01"));
}

}  // namespace
}  // namespace vbs::metadata
