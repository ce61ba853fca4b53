#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "common/api/vmm_delegate.h"
#include "common/model/error.h"
#include "fakes/fake_admission.h"
#include "fakes/fault_script.h"

namespace vbs {

/// A VM host in memory: a volume that is attached has its session and its device. As commands do that are
/// given a portal, it refuses to connect to or disconnect from a target without one. Thread-safe.
class FakeVmmDelegate : public VmmDelegate {
public:
  FaultScript script;

  std::map<VolumeId, VmAttachment> world() const {
    const std::lock_guard lock(mutex_);
    return world_;
  }
  bool holds(const VolumeId& id) const {
    const std::lock_guard lock(mutex_);
    return world_.contains(id);
  }

  std::string attachVolume(const OperationContext& context, const VmAttachment& attachment) override {
    return call(context, attachment.volumeId.str(), "attachVolume", [&] {
      requirePortal(attachment);
      for (const auto& [id, other] : world_) {
        if (id != attachment.volumeId && other.vmId == attachment.vmId &&
            other.vmDevice == attachment.vmDevice) {
          throw Error("vm.attach failed: the device is taken", {},
                      {.action = "vm.attach", .exitCode = 1, .stderrTail = "taken by " + id.str()});
        }
      }
      world_.insert_or_assign(attachment.volumeId, attachment);
      return "/dev/disk/by-path/" + attachment.volumeId.str();
    });
  }

  void detachVolume(const OperationContext& context, const VmAttachment& attachment) override {
    call(context, attachment.volumeId.str(), "detachVolume", [&] {
      requirePortal(attachment);
      world_.erase(attachment.volumeId);
      return std::string();
    });
  }

  VmHostInventory inventory(const RequestId& /*requestId*/) override {
    script.at(FaultPoint::Before, "inventory");
    const std::lock_guard lock(mutex_);
    VmHostInventory inventory;
    for (const auto& [id, attachment] : world_) {
      inventory.sessions.push_back({attachment.targetName, id});
      inventory.devices.push_back({id, attachment.vmId, attachment.vmDevice, std::nullopt});
    }
    return inventory;
  }

private:
  static void requirePortal(const VmAttachment& attachment) {
    if (!attachment.targetName || attachment.portal) return;
    throw Error(ErrorCode::InvalidParameter, "the parameter <portal> has no value",
                attachment.volumeId.str());
  }

  template <class Body>
  std::string call(const OperationContext& context, const std::string& resource, const std::string& plainName,
                   Body body) {
    const std::string name = (context.undo ? "undo:" : "") + plainName;
    script.at(FaultPoint::Before, name);
    std::string answer;
    {
      const std::lock_guard lock(mutex_);
      admission_.check(context, resource);
      answer = body();
    }
    script.at(FaultPoint::After, name);
    return answer;
  }

  mutable std::mutex mutex_;
  std::map<VolumeId, VmAttachment> world_;
  FakeAdmission admission_;
};

}  // namespace vbs
