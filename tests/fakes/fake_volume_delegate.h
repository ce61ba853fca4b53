#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/api/volume_delegate.h"
#include "common/model/error.h"
#include "fakes/fake_admission.h"
#include "fakes/fault_script.h"

namespace vbs {

/// A volume server in memory: as strict as a real one about what does not fit together, idempotent as the
/// contract wants it. Thread-safe.
class FakeVolumeDelegate : public VolumeDelegate {
public:
  struct StoredVolume {
    SizeGiB size;
    std::optional<SnapshotId> filledFrom;
    bool operator==(const StoredVolume&) const = default;
  };
  struct StoredSnapshot {
    VolumeId volumeId;
    SizeGiB size;
    bool operator==(const StoredSnapshot&) const = default;
  };
  struct World {
    std::map<VolumeId, StoredVolume> volumes;
    std::map<SnapshotId, StoredSnapshot> snapshots;
    std::map<VolumeId, std::optional<TargetIdentity>> exports;
  };

  FaultScript script;

  World world() const {
    const std::lock_guard lock(mutex_);
    return world_;
  }
  /// What happens behind the delegate's back.
  void change(const std::function<void(World&)>& how) {
    const std::lock_guard lock(mutex_);
    how(world_);
  }
  /// What went against the rules, such as a target that was removed under a session. Empty when all is well.
  std::vector<std::string> violations() const {
    const std::lock_guard lock(mutex_);
    return violations_;
  }
  /// Which host each export is for.
  std::map<VolumeId, VmmHostname> exportedTo() const {
    const std::lock_guard lock(mutex_);
    return exportedTo_;
  }
  /// Which hosts were cut off from which volumes, in that order.
  std::vector<std::pair<VolumeId, VmmHostname>> fences() const {
    const std::lock_guard lock(mutex_);
    return fences_;
  }
  /// The highest number of a call about that id that was heard; 0 when there was none.
  std::int64_t highestNumber(const std::string& resource) const {
    const std::lock_guard lock(mutex_);
    return admission_.highest(resource);
  }
  /// Tells whether a host still holds the volume when its target is removed, other than one that is lost.
  void checkHolders(std::function<bool(const VolumeId&)> isHeld) {
    const std::lock_guard lock(mutex_);
    isHeld_ = std::move(isHeld);
  }

  /// The snapshot cannot be read any more.
  void breakSnapshot(const SnapshotId& id, const std::string& defect) {
    const std::lock_guard lock(mutex_);
    defects_[id] = defect;
  }

  void useTargets(bool use) {
    const std::lock_guard lock(mutex_);
    usesTargets_ = use;
  }
  /// The pattern file names another portal from now on.
  void movePortal(const Portal& portal) {
    const std::lock_guard lock(mutex_);
    portal_ = portal;
  }
  /// A stack that makes volumes from snapshots at once.
  void cloneAtOnce(bool clone) {
    const std::lock_guard lock(mutex_);
    clones_ = clone;
  }
  void setCapacity(const Capacity& capacity) {
    const std::lock_guard lock(mutex_);
    capacity_ = capacity;
  }
  void endCopy(const VolumeId& id) { setCopy(id, {id, CopyState::Done, 100, std::nullopt}); }
  void failCopy(const VolumeId& id, const std::string& reason) {
    setCopy(id, {id, CopyState::Failed, std::nullopt, reason});
  }
  void progressCopy(const VolumeId& id, int percent) {
    setCopy(id, {id, CopyState::Pending, percent, std::nullopt});
  }
  void endAllCopies() {
    const std::lock_guard lock(mutex_);
    for (auto& [id, copy] : copies_) copy = {id, CopyState::Done, 100, std::nullopt};
  }
  /// The delegate was restarted.
  void forgetCopies() {
    const std::lock_guard lock(mutex_);
    copies_.clear();
  }
  bool isCopying(const VolumeId& id) const {
    const std::lock_guard lock(mutex_);
    const auto copy = copies_.find(id);
    return copy != copies_.end() && copy->second.state == CopyState::Pending;
  }

  VolumeDelegateDescription describeDelegate(const RequestId& /*requestId*/,
                                             const Commander& /*service*/) override {
    return call("describeDelegate",
                [this] { return VolumeDelegateDescription{.version = "fake", .usesTargets = usesTargets_}; });
  }

  CreateVolumeOutcome createVolume(const OperationContext& context, const VolumeId& volumeId, SizeGiB size,
                                   const std::optional<SnapshotId>& snapshotId) override {
    return call(context, volumeId.str(), "createVolume", [&] {
      if (snapshotId && !world_.snapshots.contains(*snapshotId)) refuse("volume.copy", "no such snapshot");
      const StoredVolume volume{size, snapshotId};
      const auto [existing, isNew] = world_.volumes.try_emplace(volumeId, volume);
      if (!isNew && existing->second != volume) refuse("volume.create", "exists with another size or origin");
      if (!snapshotId || clones_) return CreateVolumeOutcome::Available;
      copies_.try_emplace(volumeId, CopyStatus{volumeId, CopyState::Pending, std::nullopt, std::nullopt});
      return CreateVolumeOutcome::Pending;
    });
  }

  void deleteVolume(const OperationContext& context, const VolumeId& volumeId, SizeGiB /*size*/) override {
    call(context, volumeId.str(), "deleteVolume", [&] {
      if (world_.exports.contains(volumeId)) refuse("volume.delete", "in use by a target");
      for (const auto& [id, snapshot] : world_.snapshots) {
        if (snapshot.volumeId == volumeId) refuse("volume.delete", "origin of " + id.str());
      }
      copies_.erase(volumeId);
      world_.volumes.erase(volumeId);
    });
  }

  void createSnapshot(const OperationContext& context, const SnapshotId& snapshotId, const VolumeId& volumeId,
                      SizeGiB size) override {
    call(context, snapshotId.str(), "createSnapshot", [&] {
      if (!world_.volumes.contains(volumeId)) refuse("snapshot.create", "no such volume");
      world_.snapshots.try_emplace(snapshotId, StoredSnapshot{volumeId, size});
    });
  }

  void deleteSnapshot(const OperationContext& context, const SnapshotId& snapshotId,
                      const VolumeId& /*volumeId*/, SizeGiB /*size*/) override {
    call(context, snapshotId.str(), "deleteSnapshot", [&] {
      for (const auto& [id, copy] : copies_) {
        const auto volume = world_.volumes.find(id);
        if (copy.state == CopyState::Pending && volume != world_.volumes.end() &&
            volume->second.filledFrom == snapshotId) {
          violations_.push_back(snapshotId.str() + " was deleted while copied to " + id.str());
        }
      }
      world_.snapshots.erase(snapshotId);
    });
  }

  VolumeExport exportVolume(const OperationContext& context, const VolumeId& volumeId,
                            const std::optional<TargetIdentity>& target,
                            const VmmHostname& vmmHostname) override {
    return call(context, volumeId.str(), "exportVolume", [&] {
      if (!world_.volumes.contains(volumeId)) refuse("target.create", "no such volume");
      if (target.has_value() != usesTargets_)
        refuse("target.create", "target given or missing against all rules");
      for (const auto& [id, other] : world_.exports) {
        if (id != volumeId && target && other && other->targetId == target->targetId) {
          refuse("target.create", "target id taken by " + id.str());
        }
      }
      world_.exports.insert_or_assign(volumeId, target);
      exportedTo_.insert_or_assign(volumeId, vmmHostname);
      if (!usesTargets_) return VolumeExport{};
      return VolumeExport{.portal = portal_, .lun = Lun(1)};
    });
  }

  void unexportVolume(const OperationContext& context, const VolumeId& volumeId,
                      const std::optional<TargetIdentity>& /*target*/,
                      const std::optional<VmmHostname>& lostHost) override {
    call(context, volumeId.str(), "unexportVolume", [&] {
      if (lostHost) fences_.emplace_back(volumeId, *lostHost);
      if (!lostHost && isHeld_ && isHeld_(volumeId)) {
        violations_.push_back("the target of " + volumeId.str() + " was removed while a host held it");
      }
      world_.exports.erase(volumeId);
      exportedTo_.erase(volumeId);
    });
  }

  std::vector<CopyStatus> describeCopies(const RequestId& /*requestId*/,
                                         const std::vector<VolumeId>& volumeIds) override {
    return call("describeCopies", [&] {
      std::vector<CopyStatus> answer;
      for (const VolumeId& id : volumeIds) {
        const auto copy = copies_.find(id);
        answer.push_back(copy != copies_.end()
                             ? copy->second
                             : CopyStatus{id, CopyState::Unknown, std::nullopt, std::nullopt});
      }
      return answer;
    });
  }

  VolumeServerInventory inventory(const RequestId& /*requestId*/) override {
    return call("inventory", [this] {
      VolumeServerInventory inventory;
      for (const auto& [id, volume] : world_.volumes) {
        inventory.volumes.items.push_back({id, volume.size.bytes()});
      }
      for (const auto& [id, snapshot] : world_.snapshots) {
        const auto defect = defects_.find(id);
        inventory.snapshots.items.push_back(
            {id, defect == defects_.end() ? std::nullopt : std::optional(defect->second), snapshot.volumeId,
             snapshot.size.bytes()});
      }
      for (const auto& [id, target] : world_.exports) {
        if (target) inventory.targets.items.push_back({target->targetId, target->targetName, id});
      }
      inventory.showsWhatTargetsServe = true;
      return inventory;
    });
  }

  Capacity capacity(const RequestId& /*requestId*/) override {
    return call("capacity", [this] { return capacity_; });
  }

private:
  [[noreturn]] static void refuse(const std::string& action, const std::string& why) {
    throw Error(action + " failed: " + why, {}, {.action = action, .exitCode = 5, .stderrTail = why})
        .withEffect(Effect::None);
  }

  void setCopy(const VolumeId& id, const CopyStatus& copy) {
    const std::lock_guard lock(mutex_);
    copies_.insert_or_assign(id, copy);
  }

  template <class Body>
  std::invoke_result_t<Body> call(const std::string& name, Body body) {
    script.at(FaultPoint::Before, name);
    if constexpr (std::is_void_v<decltype(body())>) {
      {
        const std::lock_guard lock(mutex_);
        body();
      }
      script.at(FaultPoint::After, name);
    } else {
      auto answer = [&] {
        const std::lock_guard lock(mutex_);
        return body();
      }();
      script.at(FaultPoint::After, name);
      return answer;
    }
  }

  template <class Body>
  std::invoke_result_t<Body> call(const OperationContext& context, const std::string& resource,
                                  const std::string& name, Body body) {
    return call((context.undo ? "undo:" : "") + name, [&] {
      admission_.check(context, resource);
      return body();
    });
  }

  mutable std::mutex mutex_;
  std::map<SnapshotId, std::string> defects_;
  World world_;
  std::map<VolumeId, CopyStatus> copies_;
  FakeAdmission admission_;
  std::vector<std::string> violations_;
  std::map<VolumeId, VmmHostname> exportedTo_;
  std::vector<std::pair<VolumeId, VmmHostname>> fences_;
  std::function<bool(const VolumeId&)> isHeld_;
  Portal portal_{"127.0.0.1:3260"};
  bool usesTargets_ = true;
  Capacity capacity_{.totalBytes = 1LL << 40, .freeBytes = 1LL << 39};
  bool clones_ = false;
};

}  // namespace vbs
