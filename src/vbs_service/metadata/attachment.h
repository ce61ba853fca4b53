#pragma once

#include <optional>
#include <string_view>

#include "common/api/volume_delegate.h"
#include "common/model/ids.h"
#include "common/model/records.h"

namespace vbs::metadata {

/// What the VM may do with the volume.
enum class AttachmentMode { ReadWrite };

constexpr std::string_view toString(AttachmentMode /*mode*/) {
  return "read-write";
}
/// Nothing for a mode that this program does not know.
constexpr std::optional<AttachmentMode> parseAttachmentMode(std::string_view word) {
  return word == toString(AttachmentMode::ReadWrite) ? std::optional(AttachmentMode::ReadWrite)
                                                     : std::nullopt;
}

/// What an attachment begins with; it is `attaching`.
struct NewAttachment {
  VolumeId volumeId;
  VmmHostname vmmHostname;
  VmId vmId;
  VmDevice vmDevice;
  std::optional<TargetIdentity> target = std::nullopt;
};

/// A volume's place at a VM and how its host reaches it.
struct AttachmentRecord {
  AttachmentId id;
  AttachmentMode mode = AttachmentMode::ReadWrite;
  Attachment attachment;
  std::optional<TargetIdentity> target;
  VolumeExport exported;
  /// The VM was given the volume. Absent: not known, it was attached by an older program or is on its way.
  std::optional<bool> isInVm = std::nullopt;
  /// What was done last with its target was cut off: it may be half made.
  bool isExportUncertain = false;
  bool operator==(const AttachmentRecord&) const = default;
};

}  // namespace vbs::metadata
