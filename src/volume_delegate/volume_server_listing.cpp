#include "volume_delegate/volume_server_listing.h"

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/command/action.h"
#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::volume_delegate {

using delegate::Record;
using delegate::shown;
using delegate::shownAs;

namespace {

template <class Id>
std::vector<Id> idsIn(const std::vector<Record>& records, const std::string& group) {
  std::set<Id> ids;
  for (const Record& record : records) {
    if (const auto id = shownAs<Id>(record, group)) ids.insert(*id);
  }
  return {ids.begin(), ids.end()};
}

template <class Integer>
std::optional<Integer> parseDecimal(const std::string& text) {
  Integer number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<TargetId> targetIdIn(const Record& record) {
  const std::string* text = shown(record, "targetId");
  const auto number = text == nullptr ? std::nullopt : parseDecimal<int>(*text);
  if (!number || *number < TargetId::kMin || *number > TargetId::kMax) return std::nullopt;
  return TargetId(*number);
}

std::optional<std::int64_t> sizeIn(const Record& record) {
  const std::string* text = shown(record, "sizeBytes");
  return text == nullptr ? std::nullopt : parseDecimal<std::int64_t>(*text);
}

Error noCapacity(const std::string& why) {
  const std::string key(toString(command::Action::Capacity));
  return {fmt::format("the output of {} tells no capacity: {}", key, why), {}, {key, std::nullopt, {}}};
}

std::int64_t sum(std::int64_t a, std::int64_t b) {
  if (b > std::numeric_limits<std::int64_t>::max() - a) throw noCapacity("the numbers are too large");
  return a + b;
}

std::optional<std::int64_t> bytesIn(const std::vector<Record>& records, const std::string& group) {
  std::optional<std::int64_t> bytes;
  for (const Record& record : records) {
    const std::string* text = shown(record, group);
    if (text == nullptr) continue;
    const auto number = parseDecimal<std::int64_t>(*text);
    if (!number) {
      throw noCapacity(fmt::format("{} is \"{}\", which is no count of bytes", group, printable(*text)));
    }
    bytes = sum(bytes.value_or(0), *number);
  }
  return bytes;
}

/// Of the total, rounded up to whole bytes. A percentage is of one pool, so there can be only one.
std::optional<std::int64_t> usedByPercent(const std::vector<Record>& records, std::int64_t total) {
  std::optional<std::int64_t> used;
  for (const Record& record : records) {
    const std::string* text = shown(record, "usedPercent");
    if (text == nullptr) continue;
    double percent = 0;
    const char* const end = text->data() + text->size();
    const auto [parsed, failed] = std::from_chars(text->data(), end, percent, std::chars_format::fixed);
    if (failed != std::errc() || parsed != end || !(percent >= 0 && percent <= 100)) {
      throw noCapacity(fmt::format("usedPercent is \"{}\", which is no percentage", printable(*text)));
    }
    if (used) throw noCapacity("there is more than one usedPercent");
    used = static_cast<std::int64_t>(std::ceil(static_cast<long double>(total) * percent / 100));
  }
  return used;
}

}  // namespace

std::vector<VolumeId> volumeIdsIn(const std::vector<Record>& records) {
  return idsIn<VolumeId>(records, "volumeId");
}

std::vector<VolumeServerInventory::Volume> volumesIn(const std::vector<Record>& records) {
  std::map<VolumeId, std::optional<std::int64_t>> sizes;
  for (const Record& record : records) {
    const auto id = shownAs<VolumeId>(record, "volumeId");
    if (!id) continue;
    auto& size = sizes[*id];
    if (const auto shownSize = sizeIn(record)) size = shownSize;
  }
  std::vector<VolumeServerInventory::Volume> volumes;
  volumes.reserve(sizes.size());
  for (const auto& [id, size] : sizes) volumes.push_back({id, size});
  return volumes;
}

std::vector<SnapshotId> snapshotIdsIn(const std::vector<Record>& records) {
  return idsIn<SnapshotId>(records, "snapshotId");
}

std::vector<VolumeServerInventory::Snapshot> snapshotsIn(const std::vector<Record>& records) {
  std::map<SnapshotId, VolumeServerInventory::Snapshot> byId;
  for (const Record& record : records) {
    const auto id = shownAs<SnapshotId>(record, "snapshotId");
    if (!id) continue;
    VolumeServerInventory::Snapshot& known = byId.try_emplace(*id, *id).first->second;
    if (const std::string* defect = shown(record, "defect")) known.defect = printable(*defect);
    if (const auto volume = shownAs<VolumeId>(record, "volumeId")) known.volumeId = volume;
    if (const auto size = sizeIn(record)) known.sizeBytes = size;
  }
  std::vector<VolumeServerInventory::Snapshot> snapshots;
  snapshots.reserve(byId.size());
  for (auto& [id, snapshot] : byId) snapshots.push_back(std::move(snapshot));
  return snapshots;
}

std::vector<VolumeServerInventory::Target> targetsIn(const std::vector<Record>& records) {
  std::map<TargetName, VolumeServerInventory::Target> byName;
  for (const Record& record : records) {
    const auto name = shownAs<TargetName>(record, "targetName");
    if (!name || !volumeOf(*name)) continue;
    auto& known = byName.try_emplace(*name, VolumeServerInventory::Target{std::nullopt, *name}).first->second;
    if (const auto id = targetIdIn(record)) known.targetId = id;
    if (const auto volume = shownAs<VolumeId>(record, "volumeId")) known.volumeId = volume;
  }
  std::vector<VolumeServerInventory::Target> targets;
  targets.reserve(byName.size());
  for (auto& [name, target] : byName) targets.push_back(std::move(target));
  return targets;
}

std::vector<TargetId> foreignTargetIdsIn(const std::vector<Record>& records) {
  std::set<TargetId> ids;
  for (const Record& record : records) {
    const auto name = shownAs<TargetName>(record, "targetName");
    const auto id = targetIdIn(record);
    if (id && !(name && volumeOf(*name))) ids.insert(*id);
  }
  return {ids.begin(), ids.end()};
}

Capacity capacityIn(const std::vector<Record>& records) {
  const auto total = bytesIn(records, "totalBytes");
  const auto free = bytesIn(records, "freeBytes");
  auto used = bytesIn(records, "usedBytes");
  if (total && !free && !used) used = usedByPercent(records, *total);
  if (!(total && (free || used)) && !(free && used)) {
    throw noCapacity("expected two of totalBytes, freeBytes and usedBytes, or totalBytes and usedPercent");
  }
  const Capacity capacity{.totalBytes = total ? *total : sum(*free, *used),
                          .freeBytes = free ? *free : *total - *used};
  if (capacity.freeBytes < 0 || capacity.freeBytes > capacity.totalBytes) {
    throw noCapacity("more is free or used than there is");
  }
  return capacity;
}

}  // namespace vbs::volume_delegate
