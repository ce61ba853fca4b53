#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "simulation/world/world.h"

namespace vbs::simulation {

/// What VMs have written into volumes, and so what volumes and snapshots must hold. Not thread-safe.
class Contents {
public:
  explicit Contents(std::function<void(const std::string&)> contradicted)
      : contradicted_(std::move(contradicted)) {}

  /// A VM writes something new. False when none has the volume.
  bool write(World& world, const std::string& volumeId) {
    if (!world.write(volumeId, written_ + 1)) return false;
    writes_[volumeId].push_back(++written_);
    return true;
  }

  /// A snapshot is asked for: it holds what the volume holds from now on.
  void expectSnapshot(const std::string& tag, const std::string& volumeId) {
    snapshots_.emplace(tag, Origin{volumeId, writes_[volumeId].size()});
  }
  /// A volume is asked for: from a snapshot, or empty.
  void expectVolume(const std::string& tag, const std::string& snapshotId) {
    volumes_.emplace(tag, snapshotId);
  }

  /// All is at rest. `tags`: of what is there; of volumes only those that are good.
  void check(const World& world, const std::map<std::string, std::string>& tags);

private:
  struct Origin {
    std::string volumeId;
    std::size_t writesBefore;
  };

  void checkVolume(const World& world, const std::string& id, const std::string& tag);
  void checkSnapshot(const World& world, const std::string& id, const std::string& tag);

  const std::function<void(const std::string&)> contradicted_;
  std::uint64_t written_ = 0;
  std::map<std::string, std::vector<std::uint64_t>> writes_;  // by volume
  std::map<std::string, Origin> snapshots_;                   // by tag
  std::map<std::string, std::string> volumes_;                // by tag, the snapshot
  std::map<std::string, std::uint64_t> held_;                 // by snapshot, when it was seen first
};

}  // namespace vbs::simulation
