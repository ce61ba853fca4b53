#pragma once

#include <optional>
#include <string_view>

namespace vbs {

// The names are those of the wire and the database: "pending", "in-use" and so on. Unknown occurs only in
// what a client reads: a status that a later service has and this program does not know.

enum class VolumeStatus { Pending, Available, Attaching, InUse, Detaching, Deleting, Error, Unknown };
enum class SnapshotStatus { Pending, Completed, Deleting, Error, Unknown };
enum class AttachmentStatus { Attaching, Attached, Detaching, Unknown };

std::string_view toString(VolumeStatus status);
std::string_view toString(SnapshotStatus status);
std::string_view toString(AttachmentStatus status);

/// Nothing for what is no status, "unknown" too.
std::optional<VolumeStatus> parseVolumeStatus(std::string_view name);
std::optional<SnapshotStatus> parseSnapshotStatus(std::string_view name);
std::optional<AttachmentStatus> parseAttachmentStatus(std::string_view name);

}  // namespace vbs
