#include "vbs_service/metadata/rows.h"

#include <optional>
#include <string>

namespace vbs::metadata {

Volume VolumeRow::read(const Query& row) {
  Volume volume{.volumeId = row.get<VolumeId>("volume"),
                .size = row.get<SizeGiB>("size_gib"),
                .comment = row.get<std::string>("comment"),
                .snapshotId = row.get<std::optional<SnapshotId>>("snapshot_id"),
                .status = row.get<VolumeStatus>("volume_status"),
                .statusReason = row.get<std::optional<std::string>>("status_reason"),
                .progressPercent = std::nullopt,
                .createTime = row.get<Time>("create_time"),
                .attachment = std::nullopt};
  if (!row.isNull("volume_id")) volume.attachment = AttachmentRow::read(row).attachment;
  return volume;
}

Snapshot SnapshotRow::read(const Query& row) {
  return {.snapshotId = row.get<SnapshotId>("id"),
          .volumeId = row.get<VolumeId>("volume_id"),
          .size = row.get<SizeGiB>("size_gib"),
          .comment = row.get<std::string>("comment"),
          .status = row.get<SnapshotStatus>("status"),
          .statusReason = row.get<std::optional<std::string>>("status_reason"),
          .progressPercent = std::nullopt,
          .startTime = row.get<Time>("start_time")};
}

AttachmentRecord AttachmentRow::read(const Query& row) {
  AttachmentRecord record{.id = row.get<AttachmentId>("id"),
                          .mode = row.get<AttachmentMode>("mode"),
                          .attachment = {.volumeId = row.get<VolumeId>("volume_id"),
                                         .vmmHostname = row.get<VmmHostname>("vmm_hostname"),
                                         .vmId = row.get<VmId>("vm_id"),
                                         .vmDevice = row.get<VmDevice>("vm_device"),
                                         .hostDevice = row.get<std::optional<std::string>>("host_device"),
                                         .status = row.get<AttachmentStatus>("status"),
                                         .attachTime = row.get<std::optional<Time>>("attach_time")},
                          .target = std::nullopt,
                          .exported = {.portal = row.get<std::optional<Portal>>("portal"),
                                       .lun = row.get<std::optional<Lun>>("lun")},
                          .isInVm = row.get<std::optional<bool>>("is_in_vm"),
                          .isExportUncertain = row.get<bool>("is_export_uncertain")};
  if (!row.isNull("target_id")) {
    record.target = TargetIdentity{.targetId = row.get<TargetId>("target_id"),
                                   .targetName = row.get<TargetName>("target_name")};
  }
  return record;
}

Operation OperationRow::read(const Query& row) {
  return {
      .id = row.get<OperationId>("id"),
      .kind = row.get<std::string>("kind"),
      .resource = {.kind = row.get<ResourceKind>("resource_kind"), .id = row.get<std::string>("resource_id")},
      .isExclusive = row.get<bool>("is_exclusive"),
      .state = row.get<OperationState>("state"),
      .step = row.get<std::string>("step"),
      .context = row.get<std::string>("context"),
      .requestId = row.get<RequestId>("request_id"),
      .createdAt = row.get<Time>("created_at"),
      .updatedAt = row.get<Time>("updated_at"),
      .attempts = row.get<int>("attempts"),
      .lastError = row.get<std::optional<std::string>>("last_error")};
}

HostCleaning HostCleaningRow::read(const Query& row) {
  return {.operationId = row.get<OperationId>("operation_id"),
          .volumeId = row.get<VolumeId>("volume_id"),
          .vmmHostname = row.get<VmmHostname>("vmm_hostname"),
          .vmId = row.get<std::optional<VmId>>("vm_id"),
          .vmDevice = row.get<std::optional<VmDevice>>("vm_device"),
          .wasFound = row.get<bool>("was_found")};
}

}  // namespace vbs::metadata
