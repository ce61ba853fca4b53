#include "simulation/model/invariant.h"

#include <fmt/format.h>

#include <map>
#include <optional>

namespace vbs::simulation {
namespace {

/// What should be there, in the words of the world.
struct Expected {
  std::map<std::string, std::string> volumes = {};  // each with its size
  std::map<std::string, std::string> snapshots = {};
  std::map<std::string, std::string> targets = {};  // by volume, the host
  std::map<std::string, std::string> sessions = {};
  std::map<std::string, std::string> devices = {};  // by volume, the place
};

Expected expectedOf(const std::vector<Volume>& volumes, const std::vector<Snapshot>& snapshots) {
  Expected expected;
  for (const Volume& volume : volumes) {
    const std::string& id = volume.volumeId.str();
    expected.volumes.emplace(id, fmt::format("{} GiB", volume.size.count()));
    if (!volume.attachment) continue;
    const Attachment& attachment = *volume.attachment;
    const std::string& host = attachment.vmmHostname.str();
    expected.targets.emplace(id, host);
    expected.sessions.emplace(id, host);
    expected.devices.emplace(id,
                             fmt::format("{}/{}/{}", host, attachment.vmId.str(), attachment.vmDevice.str()));
  }
  for (const Snapshot& snapshot : snapshots) {
    expected.snapshots.emplace(snapshot.snapshotId.str(),
                               fmt::format("{} of {}", snapshot.size.count(), snapshot.volumeId.str()));
  }
  return expected;
}

Expected foundIn(const World& world) {
  Expected found;
  for (const auto& [id, volume] : world.volumes()) {
    found.volumes.emplace(id, fmt::format("{} GiB", volume.sizeGiB));
  }
  for (const auto& [id, snapshot] : world.snapshots()) {
    found.snapshots.emplace(id, fmt::format("{} of {}", snapshot.sizeGiB, snapshot.volumeId));
  }
  const auto add = [](auto& entries, const std::string& id, const std::string& what) {
    auto& entry = entries[id];
    entry += (entry.empty() ? "" : " and ") + what;
  };
  for (const auto& [name, target] : world.targets()) add(found.targets, target.volumeId, target.host);
  for (const auto& [name, host] : world.hosts()) {
    for (const auto& [id, target] : host.sessions) add(found.sessions, id, name);
    for (const auto& [id, place] : host.devices) {
      add(found.devices, id, fmt::format("{}/{}/{}", name, place.vm, place.device));
    }
  }
  return found;
}

void compare(const char* what, const std::map<std::string, std::string>& expected,
             const std::map<std::string, std::string>& found, std::vector<std::string>& differences) {
  for (const auto& [id, how] : expected) {
    const auto is = found.find(id);
    if (is == found.end()) {
      differences.push_back(fmt::format("the {} of {} is not there ({})", what, id, how));
    } else if (is->second != how) {
      differences.push_back(fmt::format("the {} of {} is {} instead of {}", what, id, is->second, how));
    }
  }
  for (const auto& [id, how] : found) {
    if (!expected.contains(id)) {
      differences.push_back(fmt::format("there is a {} of {} that should not be there ({})", what, id, how));
    }
  }
}

}  // namespace

std::vector<std::string> differences(const World& world, const std::vector<Volume>& volumes,
                                     const std::vector<Snapshot>& snapshots) {
  const Expected expected = expectedOf(volumes, snapshots);
  Expected found = foundIn(world);
  // What a failed creation has left is gone; what a failed copy has left is there until it is deleted.
  for (const Volume& volume : volumes) {
    if (volume.status != VolumeStatus::Error) continue;
    found.volumes.try_emplace(volume.volumeId.str(), fmt::format("{} GiB", volume.size.count()));
  }
  std::vector<std::string> result;
  compare("volume", expected.volumes, found.volumes, result);
  compare("snapshot", expected.snapshots, found.snapshots, result);
  compare("target", expected.targets, found.targets, result);
  compare("session", expected.sessions, found.sessions, result);
  compare("device", expected.devices, found.devices, result);
  return result;
}

}  // namespace vbs::simulation
