#include "common/model/status.h"

#include <array>
#include <utility>

namespace vbs {
namespace {

constexpr std::array kVolume{
    std::pair{VolumeStatus::Pending, std::string_view{"pending"}},
    std::pair{VolumeStatus::Available, std::string_view{"available"}},
    std::pair{VolumeStatus::Attaching, std::string_view{"attaching"}},
    std::pair{VolumeStatus::InUse, std::string_view{"in-use"}},
    std::pair{VolumeStatus::Detaching, std::string_view{"detaching"}},
    std::pair{VolumeStatus::Deleting, std::string_view{"deleting"}},
    std::pair{VolumeStatus::Error, std::string_view{"error"}},
};
constexpr std::array kSnapshot{
    std::pair{SnapshotStatus::Pending, std::string_view{"pending"}},
    std::pair{SnapshotStatus::Completed, std::string_view{"completed"}},
    std::pair{SnapshotStatus::Deleting, std::string_view{"deleting"}},
    std::pair{SnapshotStatus::Error, std::string_view{"error"}},
};
constexpr std::array kAttachment{
    std::pair{AttachmentStatus::Attaching, std::string_view{"attaching"}},
    std::pair{AttachmentStatus::Attached, std::string_view{"attached"}},
    std::pair{AttachmentStatus::Detaching, std::string_view{"detaching"}},
};

template <class Table, class Status>
std::string_view nameIn(const Table& table, Status status) {
  for (const auto& [value, name] : table) {
    if (value == status) return name;
  }
  return "unknown";
}

template <class Status, class Table>
std::optional<Status> statusIn(const Table& table, std::string_view text) {
  for (const auto& [value, name] : table) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view toString(VolumeStatus status) {
  return nameIn(kVolume, status);
}
std::string_view toString(SnapshotStatus status) {
  return nameIn(kSnapshot, status);
}
std::string_view toString(AttachmentStatus status) {
  return nameIn(kAttachment, status);
}

std::optional<VolumeStatus> parseVolumeStatus(std::string_view name) {
  return statusIn<VolumeStatus>(kVolume, name);
}
std::optional<SnapshotStatus> parseSnapshotStatus(std::string_view name) {
  return statusIn<SnapshotStatus>(kSnapshot, name);
}
std::optional<AttachmentStatus> parseAttachmentStatus(std::string_view name) {
  return statusIn<AttachmentStatus>(kAttachment, name);
}

}  // namespace vbs
