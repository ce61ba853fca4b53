#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/api/vmm_delegate.h"
#include "common/model/error.h"
#include "common/model/uuid.h"
#include "fakes/fake_admission.h"
#include "fakes/fault_script.h"

namespace vbs {

/// A VM host in memory: a volume that is attached has its session and its device. What was left behind may
/// have only one of them: a session without vmId, a device without targetName. As commands do that are given
/// a portal, it refuses to connect to or disconnect from a target without one. Thread-safe.
class FakeVmmDelegate : public VmmDelegate {
public:
  FaultScript script;

  std::map<VolumeId, VmAttachment> world() const {
    const std::lock_guard lock(mutex_);
    return world_;
  }
  /// What happens behind the delegate's back.
  void change(const std::function<void(std::map<VolumeId, VmAttachment>&)>& how) {
    const std::lock_guard lock(mutex_);
    how(world_);
  }
  bool holds(const VolumeId& id) const {
    const std::lock_guard lock(mutex_);
    return world_.contains(id);
  }

  /// Something that VBS did not put there in this life.
  void leaveBehind(const VmAttachment& stray) {
    const std::lock_guard lock(mutex_);
    world_.insert_or_assign(stray.volumeId, stray);
  }

  /// What this delegate tells of itself, and whether it tells anything.
  void identify(const std::optional<DelegateId>& id, std::vector<std::string> otherCommanders = {}) {
    const std::lock_guard lock(mutex_);
    identity_ = {id, std::move(otherCommanders)};
  }
  /// How what inventory() shows is to be believed, from now on.
  void distrust(ListingState state, const std::string& reason) {
    const std::lock_guard lock(mutex_);
    trust_ = {state, reason};
  }

  /// Alters what inventory() shows, from now on: a listing that lies.
  void lie(std::function<void(VmHostInventory&)> how) {
    const std::lock_guard lock(mutex_);
    lie_ = std::move(how);
  }
  /// Called when a call takes from a VM what it has: its device, or the session under it.
  void onTaking(std::function<void(const VmAttachment& taken)> watch) {
    const std::lock_guard lock(mutex_);
    watch_ = std::move(watch);
  }

  /// The sessions of this host do not work any more, until they are made anew.
  void sticken() {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, attachment] : world_) stuck_.insert(id);
  }

  /// What the attach of late was told of what was there before.
  std::optional<PriorFinding> attached() const {
    const std::lock_guard lock(mutex_);
    return attached_;
  }
  /// What the detach of late was told to leave.
  std::optional<PriorFinding> undone() const {
    const std::lock_guard lock(mutex_);
    return undone_;
  }

  VmmDelegateDescription describeDelegate(const RequestId& /*requestId*/,
                                          const Commander& /*service*/) override {
    script.at(FaultPoint::Before, "describeDelegate");
    const std::lock_guard lock(mutex_);
    return {.version = "fake", .identity = identity_};
  }

  VmPlace attachVolume(const OperationContext& context, const VmAttachment& attachment) override {
    const std::string device = call(context, attachment.volumeId.str(), "attachVolume", [&] {
      if (!attachment.vmId || !attachment.vmDevice) refuse("no vmId or vmDevice", attachment.volumeId);
      requirePortal(attachment);
      for (const auto& [id, other] : world_) {
        if (id != attachment.volumeId && other.vmId == attachment.vmId &&
            other.vmDevice == attachment.vmDevice) {
          throw Error("vm.attach failed: the device is taken", {},
                      {.action = "vm.attach", .exitCode = 1, .stderrTail = "taken by " + id.str()})
              .withEffect(Effect::None);
        }
      }
      attached_ = attachment.before;
      VmAttachment& held = world_.insert_or_assign(attachment.volumeId, attachment).first->second;
      held.isInVm.reset();  // what detaching is told
      held.before.reset();
      return "/dev/disk/by-path/" + attachment.volumeId.str();
    });
    return {.hostDevice = device, .isInVm = true};
  }

  VmRelease detachVolume(const OperationContext& context, const VmAttachment& attachment) override {
    call(context, attachment.volumeId.str(), "detachVolume", [&] {
      requirePortal(attachment);
      undone_ = attachment.before;
      undo(attachment);
      return std::string();
    });
    const auto& before = attachment.before;
    return {.isConnected =
                before && (before->session == Presence::Present || before->device == Presence::Present)};
  }

  VmHostInventory inventory(const RequestId& /*requestId*/) override {
    script.at(FaultPoint::Before, "inventory");
    const std::lock_guard lock(mutex_);
    Listing<VmHostInventory::Session> sessions{{}, trust_.first, trust_.second};
    Listing<VmHostInventory::Device> devices{{}, trust_.first, trust_.second};
    const auto told = [&] {
      VmHostInventory inventory{.sessions = sessions, .devices = devices};
      if (lie_) lie_(inventory);
      return inventory;
    };
    if (trust_.first == ListingState::Unknown) return told();
    for (const auto& [id, attachment] : world_) {
      sessions.items.push_back({attachment.targetName, id, attachment.portal, attachment.lun,
                                stuck_.contains(id) ? std::optional<std::string>("FAILED") : std::nullopt});
      if (attachment.vmId) devices.items.push_back({id, attachment.vmId, attachment.vmDevice, std::nullopt});
    }
    return told();
  }

private:
  static void requirePortal(const VmAttachment& attachment) {
    if (attachment.targetName && !attachment.portal) refuse("no value for <portal>", attachment.volumeId);
  }

  [[noreturn]] static void refuse(const std::string& why, const VolumeId& volumeId) {
    throw Error(ErrorCode::InvalidParameter, why, volumeId.str());
  }

  /// Leaves what was there before, and in doubt what a VM has.
  void undo(const VmAttachment& asked) {
    const PriorFinding before = asked.before.value_or(PriorFinding{Presence::Absent, Presence::Absent});
    if (before.device == Presence::Present) return;
    const auto held = world_.find(asked.volumeId);
    const bool isInVm = held != world_.end() && held->second.vmId;
    const bool isInDoubt = before.device == Presence::Unknown || before.session == Presence::Unknown;
    if (isInVm && isInDoubt) {
      throw Error("the host stays connected", asked.volumeId.str(),
                  {.action = "host.disconnect", .exitCode = std::nullopt, .stderrTail = {}});
    }
    if (before.session == Presence::Present) {
      if (isInVm && watch_) watch_(held->second);
      if (isInVm) held->second.vmId.reset();
      if (isInVm) held->second.vmDevice.reset();
      return;
    }
    detach(asked);
  }

  void detach(const VmAttachment& asked) {
    const auto held = world_.find(asked.volumeId);
    if (held == world_.end()) return;
    VmAttachment& left = held->second;
    if (left.vmId && watch_) watch_(left);
    if (asked.targetName && asked.portal != left.portal) {
      throw Error("host.disconnect failed: the host is connected by another portal", asked.volumeId.str(),
                  {.action = "host.disconnect", .exitCode = 1, .stderrTail = "no records found"});
    }
    if (asked.vmId) {
      left.vmId.reset();
      left.vmDevice.reset();
    } else if (left.vmId) {
      throw Error("host.disconnect failed: a VM has the device", asked.volumeId.str(),
                  {.action = "host.disconnect", .exitCode = 1, .stderrTail = "in use"});
    }
    // Where the volume has a target, the host stays connected unless that one is named.
    if (!asked.targetName && left.targetName) return;
    stuck_.erase(asked.volumeId);
    world_.erase(held);
  }

  template <class Body>
  std::string call(const OperationContext& context, const std::string& resource, const std::string& plainName,
                   Body body) {
    const std::string name = (context.undo ? "undo:" : "") + plainName;
    script.at(FaultPoint::Before, name);
    std::string answer;
    {
      const std::lock_guard lock(mutex_);
      if (context.delegateId && context.delegateId != identity_.id) {
        throw Error(ErrorCode::IncorrectState,
                    "this is delegate " + (identity_.id ? identity_.id->str() : "without an identity"),
                    resource);
      }
      admission_.check(context, resource);
      answer = body();
    }
    script.at(FaultPoint::After, name);
    return answer;
  }

  mutable std::mutex mutex_;
  DelegateIdentity identity_{.id = DelegateId(randomUuid()), .otherCommanders = {}};
  std::pair<ListingState, std::string> trust_{ListingState::Complete, ""};
  std::map<VolumeId, VmAttachment> world_;
  std::set<VolumeId> stuck_;
  std::optional<PriorFinding> attached_;
  std::optional<PriorFinding> undone_;
  std::function<void(VmHostInventory&)> lie_;
  std::function<void(const VmAttachment&)> watch_;
  FakeAdmission admission_;
};

}  // namespace vbs
