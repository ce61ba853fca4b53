#include "simulation/world/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace vbs::simulation {
namespace {

constexpr int kAlready = 3;
constexpr int kAbsent = 4;
constexpr int kInUse = 5;
constexpr int kMissing = 6;
constexpr int kTaken = 7;
constexpr int kFull = 28;

constexpr std::int64_t kBytesPerGiB = 1LL << 30;
const std::string kTargetPrefix = "iqn.2009-09.org.vbs:";
/// Of a volume that a copy has not filled yet.
constexpr std::uint64_t kHalf = std::numeric_limits<std::uint64_t>::max();

World::Outcome refuse(int exitCode, const std::string& why) {
  return {.exitCode = exitCode, .out = {}, .err = why + "\n"};
}

}  // namespace

World::World(const Promises& promises, std::function<void(const std::string&)> violated)
    : promises_(promises), violated_(std::move(violated)) {
  for (const char* const host : {"host1", "host2"}) {
    hosts_.emplace(host, Host{.vms = {{"vm1", true}, {"vm2", true}}, .sessions = {}, .devices = {}});
  }
}

bool World::isVmRunning(const Host& host, const std::string& vm) const {
  const auto known = host.vms.find(vm);
  return known != host.vms.end() && known->second;
}

bool World::isLive(const std::string& host, const Host& at, const std::string& volumeId) const {
  const auto session = at.sessions.find(volumeId);
  if (session == at.sessions.end()) return false;
  const auto target = targets_.find(session->second);
  return target != targets_.end() && target->second.volumeId == volumeId && target->second.host == host;
}

bool World::isLiveAnywhere(const std::string& volumeId) const {
  return std::any_of(hosts_.begin(), hosts_.end(), [&](const auto& each) {
    return each.second.devices.contains(volumeId) && isLive(each.first, each.second, volumeId);
  });
}

/// What the service has shown as attached there is taken away, and no detach of it was asked for.
void World::takeFrom(const std::string& host, const std::string& volumeId, const std::string& how) const {
  const auto* const promise = promises_.find(volumeId);
  if (promise == nullptr || promise->host != host) return;
  violated_(fmt::format("{} was taken from {} on {}, which nobody asked for: {}", volumeId, promise->vm,
                        promise->host, how));
}

void World::requireOneWriter(const std::string& volumeId) const {
  std::string writers;
  int count = 0;
  for (const auto& [name, host] : hosts_) {
    const auto device = host.devices.find(volumeId);
    if (device == host.devices.end() || !isLive(name, host, volumeId)) continue;
    ++count;
    writers += (writers.empty() ? "" : " and ") + device->second.vm + " on " + name;
  }
  if (count > 1) violated_(fmt::format("{} is in two VMs, and both can write: {}", volumeId, writers));
}

std::int64_t World::usedGiB() const {
  std::int64_t used = 0;
  for (const auto& [id, volume] : volumes_) used += volume.sizeGiB;
  return used;
}

World::Outcome World::createVolume(const std::string& id, std::int64_t sizeGiB) {
  const auto known = volumes_.find(id);
  if (known != volumes_.end()) {
    return known->second.sizeGiB == sizeGiB ? refuse(kAlready, "exists")
                                            : refuse(kTaken, "exists with another size");
  }
  if (usedGiB() + sizeGiB > totalGiB_) return refuse(kFull, "No space left on device");
  volumes_.emplace(id, Volume{.sizeGiB = sizeGiB});
  return {};
}

World::Outcome World::deleteVolume(const std::string& id) {
  if (!volumes_.contains(id)) return refuse(kAbsent, "no such volume");
  for (const auto& [name, target] : targets_) {
    if (target.volumeId == id) return refuse(kInUse, "it is exported as " + name);
  }
  if (const auto* const promise = promises_.find(id)) takeFrom(promise->host, id, "the volume was deleted");
  volumes_.erase(id);
  return {};
}

World::Outcome World::beginCopy(const std::string& id, const std::string& snapshotId) {
  if (!volumes_.contains(id) || !snapshots_.contains(snapshotId)) return refuse(kMissing, "no such file");
  if (isLiveAnywhere(id)) violated_(fmt::format("a copy writes over {}, which a VM has", id));
  volumes_.at(id).content = kHalf;
  return {};
}

World::Outcome World::endCopy(const std::string& id, const std::string& snapshotId) {
  if (!volumes_.contains(id) || !snapshots_.contains(snapshotId)) return refuse(kMissing, "no such file");
  if (isLiveAnywhere(id)) violated_(fmt::format("a copy writes over {}, which a VM has", id));
  volumes_.at(id).content = snapshots_.at(snapshotId).content;
  return {};
}

World::Outcome World::createSnapshot(const std::string& id, const std::string& volumeId) {
  if (snapshots_.contains(id)) return refuse(kAlready, "exists");
  const auto volume = volumes_.find(volumeId);
  if (volume == volumes_.end()) return refuse(kMissing, "no such volume");
  snapshots_.emplace(id, Snapshot{volumeId, volume->second.sizeGiB, volume->second.content});
  return {};
}

World::Outcome World::deleteSnapshot(const std::string& id) {
  return snapshots_.erase(id) == 0 ? refuse(kAbsent, "no such snapshot") : Outcome{};
}

World::Outcome World::createTarget(int targetId, const std::string& name, const std::string& volumeId,
                                   const std::string& host) {
  if (!volumes_.contains(volumeId)) return refuse(kMissing, "no such volume");
  for (const auto& [other, target] : targets_) {
    if ((other == name) != (target.id == targetId)) return refuse(kTaken, "the number or the name is taken");
  }
  const Target wanted{targetId, volumeId, host};
  const auto [target, isNew] = targets_.try_emplace(name, wanted);
  if (!isNew && target->second == wanted) return refuse(kAlready, "exists");
  if (!isNew) takeFrom(target->second.host, volumeId, "its target lets in " + host + " instead");
  target->second = wanted;
  requireOneWriter(volumeId);
  return {};
}

World::Outcome World::deleteTarget(int targetId, const std::string& name) {
  const auto target = targets_.find(name);
  if (target == targets_.end() || target->second.id != targetId) return refuse(kAbsent, "no such target");
  const std::string& volumeId = target->second.volumeId;
  for (const auto& [host, at] : hosts_) {
    if (isLive(host, at, volumeId)) return refuse(kInUse, host + " is logged in");
  }
  takeFrom(target->second.host, volumeId, "its target was removed");
  targets_.erase(target);
  return {};
}

World::Outcome World::fence(const std::string& name, const std::string& host) {
  const auto target = targets_.find(name);
  if (target == targets_.end() || target->second.host != host) return refuse(kAbsent, "it is not let in");
  takeFrom(host, target->second.volumeId, "the host was fenced");
  target->second.host.clear();
  return {};
}

World::Outcome World::connect(const std::string& host, const std::string& name, const std::string& volumeId) {
  const auto target = targets_.find(name);
  if (target == targets_.end() || target->second.host != host || target->second.volumeId != volumeId) {
    return refuse(kMissing, "no such target");
  }
  Host& at = hosts_.at(host);
  const bool isNew = at.sessions.insert_or_assign(volumeId, name).second;
  at.madeByHand.erase(volumeId);
  requireOneWriter(volumeId);
  return isNew ? Outcome{} : refuse(kAlready, "session exists");
}

World::Outcome World::disconnect(const std::string& host, const std::string& /*name*/,
                                 const std::string& volumeId) {
  Host& at = hosts_.at(host);
  if (!at.sessions.contains(volumeId)) return refuse(kAbsent, "no session");
  const bool mayBeOverlooked = listsMayLack_ && at.givenByHand.contains(volumeId);
  if (const auto device = at.devices.find(volumeId); device != at.devices.end() && !mayBeOverlooked) {
    violated_(fmt::format("the session of {} to {} was ended, while {} has the volume as {}", host, volumeId,
                          device->second.vm, device->second.device));
  }
  at.sessions.erase(volumeId);
  at.madeByHand.erase(volumeId);
  return {};
}

World::Outcome World::attach(const std::string& host, const std::string& volumeId, const Place& place) {
  Host& at = hosts_.at(host);
  if (!isVmRunning(at, place.vm)) return refuse(kMissing, "the VM does not run");
  if (!at.sessions.contains(volumeId)) return refuse(kMissing, "no such device on the host");
  if (const auto has = at.devices.find(volumeId); has != at.devices.end()) {
    return has->second == place ? refuse(kAlready, "the VM has it")
                                : refuse(kTaken, has->second.vm + " has it as " + has->second.device);
  }
  for (const auto& [other, taken] : at.devices) {
    if (taken == place) return refuse(kTaken, "the device is " + other);
  }
  at.devices.emplace(volumeId, place);
  requireOneWriter(volumeId);
  return {};
}

World::Outcome World::detach(const std::string& host, const std::string& volumeId, const Place& place) {
  Host& at = hosts_.at(host);
  const auto has = at.devices.find(volumeId);
  if (has == at.devices.end() || has->second != place) return refuse(kAbsent, "the VM does not have it");
  takeFrom(host, volumeId, "vm.detach");
  at.devices.erase(has);
  at.givenByHand.erase(volumeId);
  return {};
}

World::Outcome World::listVolumes() const {
  Outcome listing;
  for (const auto& [id, volume] : volumes_) {
    listing.out += fmt::format("{} {}\n", id, volume.sizeGiB * kBytesPerGiB);
  }
  return listing;
}

World::Outcome World::listSnapshots() const {
  Outcome listing;
  for (const auto& [id, snapshot] : snapshots_) {
    listing.out += fmt::format("{} {} {}\n", id, snapshot.volumeId, snapshot.sizeGiB * kBytesPerGiB);
  }
  return listing;
}

World::Outcome World::listTargets() const {
  Outcome listing;
  for (const auto& [name, target] : targets_) {
    listing.out += fmt::format("{} {} {}\n", target.id, name, target.volumeId);
  }
  return listing;
}

World::Outcome World::listSessions(const std::string& host) const {
  Outcome listing;
  for (const auto& [volumeId, name] : hosts_.at(host).sessions) listing.out += name + "\n";
  return listing;
}

World::Outcome World::listDevices(const std::string& host) const {
  Outcome listing;
  for (const auto& [volumeId, place] : hosts_.at(host).devices) {
    listing.out += fmt::format("{} {} {}\n", place.vm, place.device, volumeId);
  }
  return listing;
}

World::Outcome World::capacity() const {
  const std::int64_t free = std::max<std::int64_t>(0, totalGiB_ - usedGiB());
  return {
      .exitCode = 0, .out = fmt::format("{} {}\n", totalGiB_ * kBytesPerGiB, free * kBytesPerGiB), .err = {}};
}

void World::loseHost(const std::string& host) {
  Host& at = hosts_.at(host);
  at.sessions.clear();
  at.devices.clear();
  at.madeByHand.clear();
  at.givenByHand.clear();
  for (auto& [vm, runs] : at.vms) runs = false;
}

void World::startHost(const std::string& host) {
  for (auto& [vm, runs] : hosts_.at(host).vms) runs = true;
}

void World::stopVm(const std::string& host, const std::string& vm) {
  Host& at = hosts_.at(host);
  at.vms.at(vm) = false;
  std::erase_if(at.devices, [&](const auto& each) { return each.second.vm == vm; });
  std::erase_if(at.givenByHand, [&](const std::string& each) { return !at.devices.contains(each); });
}

void World::leaveDevice(const std::string& host, const std::string& volumeId, const Place& place) {
  Host& at = hosts_.at(host);
  const bool isTaken = std::any_of(at.devices.begin(), at.devices.end(),
                                   [&](const auto& each) { return each.second == place; });
  // Two VMs would write to what is exported to the host.
  const std::string name = kTargetPrefix + volumeId;
  const auto target = targets_.find(name);
  const bool isExported = target != targets_.end() && target->second.host == host;
  if (isTaken || isExported || at.sessions.contains(volumeId) || !isVmRunning(at, place.vm)) return;
  at.sessions.emplace(volumeId, name);
  at.devices.emplace(volumeId, place);
  at.madeByHand.insert(volumeId);
  at.givenByHand.insert(volumeId);
}

void World::takeBackByHand(const std::string& volumeId) {
  std::erase_if(targets_, [&](const auto& each) {
    return each.second.volumeId == volumeId && each.second.host.empty();
  });
  for (auto& [name, host] : hosts_) {
    if (host.givenByHand.erase(volumeId) > 0) host.devices.erase(volumeId);
    if (!host.devices.contains(volumeId) && host.madeByHand.erase(volumeId) > 0)
      host.sessions.erase(volumeId);
  }
}

void World::leaveTarget(const std::string& volumeId, int targetId) {
  const std::string name = kTargetPrefix + volumeId;
  if (!targets_.contains(name)) createTarget(targetId, name, volumeId, "");
}

void World::tidyUp() {
  for (auto& [name, host] : hosts_) {
    for (const std::string& volumeId : std::set<std::string>(host.madeByHand)) {
      if (host.devices.contains(volumeId)) continue;
      host.sessions.erase(volumeId);
      host.madeByHand.erase(volumeId);
    }
  }
}

bool World::write(const std::string& volumeId, std::uint64_t content) {
  for (const auto& [name, host] : hosts_) {
    if (!host.devices.contains(volumeId) || !isLive(name, host, volumeId)) continue;
    const auto volume = volumes_.find(volumeId);
    if (volume == volumes_.end()) return false;
    volume->second.content = content;
    return true;
  }
  return false;
}

}  // namespace vbs::simulation
