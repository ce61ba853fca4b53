#include "vbs_service/adoption/verdict.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/model/error.h"

namespace vbs::adoption {
namespace {

/// The listing does not tell a group of its `.output`.
Error untold(const std::string& id, const std::string& action, const std::string& what,
             const std::string& group) {
  return Error(fmt::format("{} does not tell {} of {}: give its .output the group {} in the volume server's "
                           "pattern file",
                           action, what, id, group),
               id, {.action = action, .exitCode = std::nullopt, .stderrTail = {}})
      .withEffect(Effect::None);
}

void requireListed(const std::string& id, const Evidence& evidence, ErrorCode notFound) {
  if (evidence.doubt) {
    throw Error(ErrorCode::IncorrectState,
                fmt::format("what the volume server has is not known for certain: {}", *evidence.doubt), id);
  }
  if (!evidence.isListed) {
    throw Error(notFound, fmt::format("the volume server does not list {}", id), id);
  }
}

}  // namespace

SizeGiB requireAdoptable(const VolumeId& id, const Evidence& evidence) {
  requireListed(id.str(), evidence, ErrorCode::VolumeNotFound);
  if (!evidence.holders.empty()) {
    throw Error(
        ErrorCode::VolumeInUse,
        fmt::format("{} has volume {}: take it away there first, for it would come back as a volume that "
                    "is attached nowhere",
                    fmt::join(evidence.holders, ", "), id.str()),
        id.str());
  }
  if (!evidence.unseen.empty()) {
    throw Error(ErrorCode::IncorrectState,
                fmt::format("whether a host has volume {} cannot be told: {}", id.str(),
                            fmt::join(evidence.unseen, "; ")),
                id.str());
  }
  if (!evidence.sizeBytes) throw untold(id.str(), "list.volumes", "the size", "sizeBytes");
  constexpr std::int64_t kBytesPerGiB = std::int64_t{1} << 30;
  if (*evidence.sizeBytes % kBytesPerGiB != 0) {
    throw Error(
        ErrorCode::IncorrectState,
        fmt::format("volume {} has {} bytes, which is no whole number of GiB: enlarge it to {} GiB on the "
                    "volume server first",
                    id.str(), *evidence.sizeBytes, *evidence.sizeBytes / kBytesPerGiB + 1),
        id.str());
  }
  return SizeGiB(*evidence.sizeBytes / kBytesPerGiB);
}

VolumeId requireAdoptable(const SnapshotId& id, const Evidence& evidence) {
  requireListed(id.str(), evidence, ErrorCode::SnapshotNotFound);
  if (!evidence.volumeId) throw untold(id.str(), "list.snapshots", "the volume", "volumeId");
  return *evidence.volumeId;
}

void requireSizeOfVolume(const SnapshotId& id, const Evidence& evidence, const VolumeId& volumeId,
                         SizeGiB size) {
  if (!evidence.sizeBytes || *evidence.sizeBytes == size.bytes()) return;
  throw Error(
      ErrorCode::IncorrectState,
      fmt::format("list.snapshots says that {} has {} bytes, but it is a snapshot of {}, which has {}",
                  id.str(), *evidence.sizeBytes, volumeId.str(), size.bytes()),
      id.str());
}

}  // namespace vbs::adoption
