#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "vbs_service/metadata/metadata_writer.h"
#include "vbs_service/reconcile/comparison.h"

namespace vbs::reconcile {

using metadata::AttachmentRecord;
using testing::HasSubstr;
using Session = VmHostInventory::Session;
using Device = VmHostInventory::Device;

inline const VolumeId kVolume("vol-0000000a");
inline const VolumeId kOther("vol-0000000b");
inline const SnapshotId kSnapshot("snap-0000000c");
inline const VmmHostname kNode1("node1");
inline const VmmHostname kNode2("node2");
inline const TargetIdentity kTarget{TargetId(1), TargetName("iqn.2009-09.org.example:vol-0000000a")};

/// A volume in use at vm1 of node1, and all there that belongs to it.
class ComparisonTest : public testing::Test {
protected:
  ComparisonTest() {
    addVolume(kVolume, VolumeStatus::InUse);
    known_.volumes.at(kVolume).attachment = record();
    known_.hosts = {kNode1, kNode2};
    known_.hostIdentities = {{kNode1, DelegateId("delegate-1")}, {kNode2, DelegateId("delegate-2")}};
    found_.volumeServer =
        VolumeServerView{.inventory = {.volumes = {{{kVolume}}},
                                       .snapshots = {},
                                       .targets = {{{kTarget.targetId, kTarget.targetName}}}},
                         .usesTargets = true};
    found_.hosts[kNode1] = {.sessions = Listing<Session>{{session()}},
                            .devices = Listing<Device>{{device()}}};
    found_.hosts[kNode2] = {.sessions = Listing<Session>{}, .devices = Listing<Device>{}};
  }

  void addVolume(const VolumeId& id, VolumeStatus status) {
    known_.volumes.emplace(id, KnownVolume{.volume = {.volumeId = id,
                                                      .size = SizeGiB(1),
                                                      .comment = "",
                                                      .snapshotId = std::nullopt,
                                                      .status = status,
                                                      .statusReason = std::nullopt,
                                                      .progressPercent = std::nullopt,
                                                      .createTime = Time{},
                                                      .attachment = std::nullopt},
                                           .attachment = std::nullopt});
  }
  void detach() {
    known_.volumes.at(kVolume).attachment.reset();
    known_.volumes.at(kVolume).volume.status = VolumeStatus::Available;
  }
  static AttachmentRecord record() {
    return {.id = AttachmentId("att-00000001"),
            .attachment = {.volumeId = kVolume,
                           .vmmHostname = kNode1,
                           .vmId = VmId("vm1"),
                           .vmDevice = VmDevice("xvdb"),
                           .hostDevice = "/dev/sdb",
                           .status = AttachmentStatus::Attached,
                           .attachTime = Time{}},
            .target = kTarget,
            .exported = {.portal = Portal("192.0.2.1:3260"), .lun = Lun(1)}};
  }
  static Session session() { return {kTarget.targetName, kVolume, Portal("192.0.2.9:3260"), Lun(0)}; }
  static Device device() { return {kVolume, VmId("vm1"), VmDevice("xvdb"), "/dev/sdb"}; }

  std::vector<Finding> compared() const { return compare(known_, found_); }
  Finding only() const {
    const auto findings = compared();
    EXPECT_EQ(findings.size(), 1U);
    return findings.empty() ? Finding{{}, {}, LeaveAlone{"nothing was found"}} : findings.front();
  }
  /// What is found when the survey before has seen the same.
  Finding certain() {
    for (const Finding& finding : compared()) {
      if (finding.sighting) known_.sightedBefore.insert(*finding.sighting);
    }
    return only();
  }
  void addSnapshot() {
    known_.snapshots.emplace(kSnapshot, Snapshot{.snapshotId = kSnapshot,
                                                 .volumeId = kVolume,
                                                 .size = SizeGiB(1),
                                                 .comment = "",
                                                 .status = SnapshotStatus::Completed,
                                                 .statusReason = std::nullopt,
                                                 .progressPercent = std::nullopt,
                                                 .startTime = Time{}});
  }
  static std::vector<DriftKind> kindsOf(const Finding& finding) {
    std::vector<DriftKind> kinds;
    for (const Difference& difference : finding.differences) kinds.push_back(difference.kind);
    return kinds;
  }
  static std::string whyLeft(const Finding& finding) {
    const auto* left = std::get_if<LeaveAlone>(&finding.remedy);
    return left != nullptr ? left->why : "it is not left alone";
  }
  static std::vector<DriftKind> kinds(std::initializer_list<DriftKind> list) { return list; }

  KnownState known_;
  Inventories found_;
};

}  // namespace vbs::reconcile
