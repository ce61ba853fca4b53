#include "simulation/model/contents.h"

#include <fmt/format.h>

#include <algorithm>

namespace vbs::simulation {

void Contents::check(const World& world, const std::map<std::string, std::string>& tags) {
  // Snapshots first: what they hold is what volumes are compared with.
  for (const auto& [id, tag] : tags) {
    if (id.starts_with("snap-")) checkSnapshot(world, id, tag);
  }
  for (const auto& [id, tag] : tags) {
    if (id.starts_with("vol-")) checkVolume(world, id, tag);
  }
}

/// It holds what the volume held at some moment since it was asked for.
void Contents::checkSnapshot(const World& world, const std::string& id, const std::string& tag) {
  const auto stored = world.snapshots().find(id);
  const auto origin = snapshots_.find(tag);
  if (stored == world.snapshots().end() || origin == snapshots_.end()) return;
  const std::uint64_t holds = stored->second.content;
  const auto [known, isNew] = held_.try_emplace(id, holds);
  if (!isNew) {
    if (known->second != holds) contradicted_(fmt::format("{} has changed", id));
    return;
  }
  const auto& writes = writes_[origin->second.volumeId];
  const std::size_t before = origin->second.writesBefore;
  const auto first = writes.begin() + static_cast<std::ptrdiff_t>(before == 0 ? 0 : before - 1);
  const bool isLater = std::find(first, writes.end(), holds) != writes.end();
  // What was in the volume before anybody wrote: nothing, or its own snapshot.
  const bool isOlder = before == 0 && std::find(writes.begin(), writes.end(), holds) == writes.end();
  if (!isLater && !isOlder) {
    contradicted_(fmt::format("{} of {} holds {}, which was written before it was asked for", id,
                              origin->second.volumeId, holds));
  }
}

void Contents::checkVolume(const World& world, const std::string& id, const std::string& tag) {
  const auto stored = world.volumes().find(id);
  const auto origin = volumes_.find(tag);
  if (stored == world.volumes().end() || origin == volumes_.end()) return;
  const std::uint64_t holds = stored->second.content;
  const auto& writes = writes_[id];
  std::uint64_t expected = 0;
  if (!writes.empty()) {
    expected = writes.back();
  } else if (!origin->second.empty()) {
    const auto snapshot = held_.find(origin->second);
    if (snapshot == held_.end()) return;  // it was gone before anybody looked
    expected = snapshot->second;
  }
  if (holds != expected) contradicted_(fmt::format("{} holds {} instead of {}", id, holds, expected));
}

}  // namespace vbs::simulation
