#include "vbs_service/engine/refusals.h"

#include <optional>

#include "common/model/error.h"

namespace vbs::engine {
namespace {

std::string because(const std::optional<std::string>& reason) {
  return reason ? " (" + *reason + ")" : std::string();
}

}  // namespace

void refuse(const Volume& volume, std::string_view operation) {
  const std::string& id = volume.volumeId.str();
  if (volume.status == VolumeStatus::InUse && volume.attachment) {
    throw Error(ErrorCode::VolumeInUse,
                "volume " + id + " is attached to VM " + volume.attachment->vmId.str() + " on " +
                    volume.attachment->vmmHostname.str() + " as " + volume.attachment->vmDevice.str() +
                    ": it cannot be " + std::string(operation) + " before it is detached",
                id);
  }
  throw Error(ErrorCode::IncorrectState,
              "volume " + id + " is " + std::string(toString(volume.status)) + because(volume.statusReason) +
                  ": it cannot be " + std::string(operation),
              id);
}

void refuse(const Snapshot& snapshot, std::string_view operation) {
  const std::string& id = snapshot.snapshotId.str();
  throw Error(ErrorCode::IncorrectState,
              "snapshot " + id + " is " + std::string(toString(snapshot.status)) +
                  because(snapshot.statusReason) + ": it cannot be " + std::string(operation),
              id);
}

void refuseOvertaken(const VolumeId& id) {
  throw Error(ErrorCode::IncorrectState,
              "volume " + id.str() +
                  " was attached by another request while this one waited: look at it, and ask again",
              id.str());
}

}  // namespace vbs::engine
