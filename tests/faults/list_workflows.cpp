// Prints a line for each step of each workflow that there is: its kind, its name, and whether and how it is
// undone or insisted on. The matrix of faults compares what it has reached with this.

#include <iostream>
#include <memory>

#include "fakes/fake_volume_delegate.h"
#include "vbs_service/temporary_database.h"
#include "vbs_service/workflows/resume.h"

namespace {

using namespace vbs;

/// Has whatever any workflow may need, and asks for every step that it may have.
engine::Context fullContext() {
  return {.volumeId = VolumeId("vol-00000001"),
          .snapshotId = SnapshotId("snap-00000001"),
          .size = SizeGiB(1),
          .volumeBefore = VolumeStatus::Available,
          .snapshotBefore = SnapshotStatus::Completed,
          .vmmHostname = VmmHostname("host1"),
          .vmId = VmId("vm1"),
          .vmDevice = VmDevice("sdb"),
          .target = TargetIdentity{TargetId(1), TargetName("iqn.2009-09.org.example:vol-00000001")},
          .lostHost = VmmHostname("host1"),
          .restoresDevice = true};
}

std::string_view wayBack(const engine::Step& step) {
  if (step.undo) return "undo";
  switch (step.insistence) {
    case engine::Insistence::UntilRefused:
      return "until-refused";
    case engine::Insistence::UntilAnswered:
      return "until-answered";
    case engine::Insistence::UntilDone:
      break;
  }
  return "until-done";
}

}  // namespace

int main() {
  FakeVolumeDelegate volumes;
  const VolumeServers volumeServers({{defaultVolumeServer(), volumes}});
  const TemporaryDatabase database;
  metadata::MetadataStore store(database.file());
  VmmDelegates vmmDelegates({}, [](const std::string&) { return nullptr; });
  VmHosts hosts(store, vmmDelegates, {.instance = ServiceInstanceId("instance"), .name = "service"});
  engine::LastSurvey lastSurvey;
  const engine::Delegates delegates{.volumeServers = volumeServers, .hosts = hosts, .lastSurvey = lastSurvey};
  for (const std::string_view kind : workflows::workflowKinds()) {
    const auto workflow = workflows::resume(delegates, std::string(kind), fullContext());
    for (const engine::Step& step : workflow->steps()) {
      std::cout << kind << ' ' << step.name << ' ' << wayBack(step) << '\n';
    }
  }
}
