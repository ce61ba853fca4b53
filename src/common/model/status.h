#pragma once

#include <optional>
#include <string_view>

namespace vbs {

// The names are the wire's and the database's: "pending", "in-use" and so on.

enum class VolumeStatus { Pending, Available, Attaching, InUse, Detaching, Deleting, Error };
enum class SnapshotStatus { Pending, Completed, Deleting, Error };
enum class AttachmentStatus { Attaching, Attached, Detaching };

std::string_view toString(VolumeStatus status);
std::string_view toString(SnapshotStatus status);
std::string_view toString(AttachmentStatus status);

std::optional<VolumeStatus> parseVolumeStatus(std::string_view name);
std::optional<SnapshotStatus> parseSnapshotStatus(std::string_view name);
std::optional<AttachmentStatus> parseAttachmentStatus(std::string_view name);

}  // namespace vbs
