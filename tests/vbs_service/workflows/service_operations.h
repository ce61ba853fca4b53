#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "vbs_service/service_under_test.h"

namespace vbs {

/// One request of each kind, for tests that let something fail at every point of it.
struct ServiceOperation {
  const char* name;
  std::function<void(ServiceUnderTest&)> prepare;
  std::function<void(ServiceUnderTest&)> run;
  /// Once all is quiet: true when what `run` asked for has come about.
  std::function<bool(ServiceUnderTest&)> isDone;
  /// What is asked once all is quiet, before the world has to be what the metadata say.
  std::function<void(ServiceUnderTest&)> finish = [](ServiceUnderTest&) {};
};

inline void PrintTo(const ServiceOperation& operation, std::ostream* stream) {
  *stream << operation.name;
}

inline VolumeId onlyVolume(ServiceUnderTest& service) {
  return service.allVolumes().at(0).volumeId;
}

inline const std::vector<ServiceOperation>& serviceOperations() {
  using Service = ServiceUnderTest;
  const auto isInUse = [](Service& s) { return s.allVolumes().at(0).status == VolumeStatus::InUse; };
  const auto isAvailable = [](Service& s) { return s.allVolumes().at(0).status == VolumeStatus::Available; };
  static const std::vector<ServiceOperation> kOperations{
      {"createVolume", [](Service&) {}, [](Service& s) { s.createVolume(); },
       [](Service& s) { return s.allVolumes().size() == 1; }},
      {"createVolumeFromSnapshot", [](Service& s) { s.createSnapshot(s.createVolume().volumeId); },
       [](Service& s) { s.createVolumeFrom(s.allSnapshots().at(0).snapshotId); },
       [](Service& s) { return s.allVolumes().size() == 2; }},
      {"deleteVolume", [](Service& s) { s.createVolume(); },
       [](Service& s) { s.deleteVolume(onlyVolume(s)); }, [](Service& s) { return s.allVolumes().empty(); }},
      {"createSnapshot", [](Service& s) { s.createVolume(); },
       [](Service& s) { s.createSnapshot(onlyVolume(s)); },
       [](Service& s) { return s.allSnapshots().size() == 1; }},
      {"deleteSnapshot", [](Service& s) { s.createSnapshot(s.createVolume().volumeId); },
       [](Service& s) { s.deleteSnapshot(s.allSnapshots().at(0).snapshotId); },
       [](Service& s) { return s.allSnapshots().empty(); }},
      {"attachVolume", [](Service& s) { s.createVolume(); }, [](Service& s) { s.attach(onlyVolume(s)); },
       isInUse},
      {"attachVolumeThatFails",
       [](Service& s) {
         s.createVolume();
         s.node1->script.fail("attachVolume", commandFailed());
       },
       [](Service& s) { s.attach(onlyVolume(s)); }, isInUse},
      {"detachVolume", [](Service& s) { s.attach(s.createVolume().volumeId); },
       [](Service& s) { s.detach(onlyVolume(s)); }, isAvailable},
      {"detachVolumeThatFails",
       [](Service& s) {
         s.attach(s.createVolume().volumeId);
         s.volumes.script.fail("unexportVolume", commandFailed());
       },
       [](Service& s) { s.detach(onlyVolume(s)); }, isAvailable},
      {"forceDetach",
       [](Service& s) {
         s.attach(s.createVolume().volumeId);
         s.volumes.checkHolders(nullptr);
       },
       [](Service& s) { s.detach(onlyVolume(s), true); }, isAvailable},
  };
  return kOperations;
}

/// Detaches a volume from node1, and hands out what was attached there, to be left there.
inline void leaveAttached(ServiceUnderTest& service,
                          const std::function<void(ServiceUnderTest&, const VmAttachment&)>& leave) {
  const VolumeId id = service.createVolume().volumeId;
  service.attach(id);
  const VmAttachment attachment = service.node1->world().at(id);
  service.detach(id);
  leave(service, attachment);
}

/// The volume server has what the service has deleted.
inline void leaveOrphan(ServiceUnderTest& service, bool withSnapshot) {
  service.createVolume();  // so that the volume server shows something that it should have
  const VolumeId id = service.createVolume().volumeId;
  std::optional<SnapshotId> snapshot;
  if (withSnapshot) snapshot = service.createSnapshot(id).snapshotId;
  const auto before = service.volumes.world();
  if (snapshot) service.deleteSnapshot(*snapshot);
  service.deleteVolume(id);
  service.volumes.change([&](FakeVolumeDelegate::World& world) { world = before; });
}

inline void leaveTarget(ServiceUnderTest& service, const VmAttachment& attachment) {
  service.volumes.change([&](FakeVolumeDelegate::World& world) {
    world.exports.emplace(attachment.volumeId, TargetIdentity{TargetId(7), attachment.targetName.value()});
  });
}

/// What the reconciliation does. It tells what it could not mend and throws nothing.
inline const std::vector<ServiceOperation>& reconcilingOperations() {
  using Service = ServiceUnderTest;
  // Strays go when they were seen twice.
  const auto reconcile = [](Service& s) {
    for (int run = 0; run < 2; ++run) s.reconcile({.dryRun = false, .removeOrphans = true});
  };
  const auto isAnything = [](Service&) { return true; };
  const auto mend = [](Service& s) {
    s.reconcile({.dryRun = false, .removeOrphans = true});
    for (const Drift& drift : s.reconcile({.dryRun = false, .removeOrphans = true}).drifts) {
      EXPECT_EQ(drift.outcome, DriftOutcome::Repaired) << drift.description;
    }
  };
  static const std::vector<ServiceOperation> kOperations{
      {"restoreAttachment",
       [](Service& s) {
         s.attach(s.createVolume().volumeId);
         s.volumes.change([](FakeVolumeDelegate::World& world) { world.exports.clear(); });
         s.node1->change([](auto& world) { world.clear(); });
       },
       reconcile, isAnything, mend},
      {"cleanHost",
       [](Service& s) {
         leaveAttached(s, [](Service& service, const VmAttachment& attachment) {
           service.attach(attachment.volumeId, "xvdc", "node2");
           service.node1->change([&](auto& world) { world.emplace(attachment.volumeId, attachment); });
         });
       },
       reconcile, isAnything, mend},
      {"removeStrayTarget", [](Service& s) { leaveAttached(s, leaveTarget); }, reconcile, isAnything, mend},
      {"removeStrayTargetOfAVolumeThatIsGone",
       [](Service& s) {
         leaveAttached(s, [](Service& service, const VmAttachment& attachment) {
           service.deleteVolume(attachment.volumeId);
           leaveTarget(service, attachment);
         });
       },
       reconcile, isAnything, mend},
      {"removeOrphanVolume", [](Service& s) { leaveOrphan(s, false); }, reconcile, isAnything, mend},
      {"removeOrphanSnapshot", [](Service& s) { leaveOrphan(s, true); }, reconcile, isAnything, mend},
  };
  return kOperations;
}

}  // namespace vbs
