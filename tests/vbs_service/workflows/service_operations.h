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

}  // namespace vbs
