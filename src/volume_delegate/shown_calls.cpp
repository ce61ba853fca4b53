#include "volume_delegate/shown_calls.h"

#include <array>

#include "volume_delegate/calls.h"

namespace vbs::volume_delegate {

using delegate::Call;
using delegate::Examples;

namespace {

VolumeId volumeId(const Examples& examples) {
  return VolumeId(examples.value("volumeId"));
}
SnapshotId snapshotId(const Examples& examples) {
  return SnapshotId(examples.value("snapshotId"));
}
SizeGiB size(const Examples& examples) {
  return SizeGiB(examples.number("sizeGiB"));
}
TargetIdentity target(const Examples& examples) {
  return {TargetId(examples.number("targetId")), TargetName(examples.value("targetName"))};
}
VmmHostname host(const Examples& examples) {
  return VmmHostname(examples.value("vmmHostname"));
}

void createVolume(Call& call, const Examples& examples) {
  calls::createVolume(call, volumeId(examples), size(examples));
}
void createVolumeFromSnapshot(Call& call, const Examples& examples) {
  calls::createVolumeFromSnapshot(call, volumeId(examples), size(examples), snapshotId(examples),
                                  [](const Copies::Work& copy) { copy({}, {}); });
}
void deleteVolume(Call& call, const Examples& examples) {
  calls::deleteVolume(call, volumeId(examples), size(examples));
}
void createSnapshot(Call& call, const Examples& examples) {
  calls::createSnapshot(call, snapshotId(examples), volumeId(examples), size(examples));
}
void deleteSnapshot(Call& call, const Examples& examples) {
  calls::deleteSnapshot(call, snapshotId(examples), volumeId(examples), size(examples));
}
void exportVolume(Call& call, const Examples& examples) {
  calls::exportVolume(call, volumeId(examples), target(examples), host(examples));
}
void unexportVolume(Call& call, const Examples& examples) {
  calls::unexportVolume(call, volumeId(examples), target(examples), std::nullopt);
}
void unexportVolumeFromLostHost(Call& call, const Examples& examples) {
  calls::unexportVolume(call, volumeId(examples), target(examples), host(examples));
}
void inventory(Call& call, const Examples& /*examples*/) {
  calls::inventory(call);
}
void capacity(Call& call, const Examples& /*examples*/) {
  calls::capacity(call);
}

constexpr std::array kShownCalls{
    delegate::ShownCall{"createVolume", "createVolume", createVolume},
    delegate::ShownCall{"createVolume", "createVolume from a snapshot", createVolumeFromSnapshot},
    delegate::ShownCall{"deleteVolume", "deleteVolume", deleteVolume},
    delegate::ShownCall{"createSnapshot", "createSnapshot", createSnapshot},
    delegate::ShownCall{"deleteSnapshot", "deleteSnapshot", deleteSnapshot},
    delegate::ShownCall{"exportVolume", "exportVolume", exportVolume},
    delegate::ShownCall{"unexportVolume", "unexportVolume", unexportVolume},
    delegate::ShownCall{"unexportVolume", "unexportVolume from a lost host", unexportVolumeFromLostHost},
    delegate::ShownCall{"inventory", "inventory", inventory},
    delegate::ShownCall{"capacity", "capacity", capacity},
};

}  // namespace

std::span<const delegate::ShownCall> shownCalls() {
  return kShownCalls;
}

}  // namespace vbs::volume_delegate
