#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/error.h"
#include "fakes/command_gate.h"
#include "fakes/fake_command_runner.h"
#include "fakes/fake_volume_status_listener.h"
#include "support/expect_error.h"
#include "support/operation_context.h"
#include "support/scratch_directory.h"
#include "volume_delegate/command_volume_delegate.h"

namespace vbs::volume_delegate {

inline constexpr std::string_view kPatterns = R"(
param.portal = 192.0.2.10:3260
volume.create = create <volumeId> <sizeGiB>
volume.create.no-space-stderr = no room
volume.delete.1 = wipe <volumeId>
volume.delete.2 = remove <volumeId>
volume.copy = copy <snapshotId> <volumeId>
snapshot.create = take <volumeId> <snapshotId>
snapshot.delete = drop <snapshotId>
target.create.1 = target-new <targetId> <targetName>
target.create.2 = lun-new <targetId> <lun> <volumeId>
target.delete.1 = lun-delete <targetId> <lun>
target.delete.2 = target-delete <targetId>
list.volumes = list-volumes
list.volumes.output = ^(?<volumeId>\S+)$
list.snapshots = list-snapshots
list.snapshots.output = ^(?<snapshotId>\S+)$
list.targets = list-targets
list.targets.output = ^(?<targetId>\d+) (?<targetName>\S+)$
capacity = df
capacity.output = ^(?<totalBytes>\d+) (?<freeBytes>\d+)$
)";

inline const Commander kService{ServiceInstanceId("instance-1"), "vbs-service"};
inline const VolumeId kVolume("vol-00000001");
inline const VolumeId kOtherVolume("vol-00000002");
inline const SnapshotId kSnapshot("snap-00000001");
inline const SizeGiB kSize(5);
inline const TargetIdentity kTarget{TargetId(7), TargetName("iqn.2009-09.org.example:vol-00000001")};
inline const VmmHostname kHost("node1");
inline const RequestId kRequest("request-1");

/// `patterns` without the lines that begin with one of `keys`.
inline std::string without(std::string_view patterns, const std::vector<std::string>& keys) {
  std::istringstream lines{std::string(patterns)};
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const auto beginsLine = [&](const std::string& key) { return line.starts_with(key); };
    if (std::none_of(keys.begin(), keys.end(), beginsLine)) kept += line + "\n";
  }
  return kept;
}

class CommandVolumeDelegateTest : public testing::Test {
protected:
  CommandVolumeDelegate& delegate() {
    if (!delegate_) {
      file_.emplace(directory_.path() / "commands.properties", command::Host::VolumeServer);
      delegate_.emplace(*file_, runner_, &listener_, settings_);
    }
    return *delegate_;
  }
  void writePatterns(const std::string& text) { directory_.write("commands.properties", text); }

  CopyStatus copy(const VolumeId& volumeId = kVolume) {
    return delegate().describeCopies(kRequest, {volumeId}).at(0);
  }

  support::ScratchDirectory directory_;
  command::FakeCommandRunner runner_;
  FakeVolumeStatusListener listener_;
  Settings settings_{.version = "1.2.3", .identity = DelegateId("server-1")};
  std::optional<command::LiveCommandFile> file_;
  std::optional<CommandVolumeDelegate> delegate_;

  void SetUp() override { writePatterns(std::string(kPatterns)); }
};

class GatedVolumeDelegateTest : public CommandVolumeDelegateTest {
protected:
  void TearDown() override {
    gate_.open();
    delegate_.reset();
  }
  command::CommandGate gate_;
};

}  // namespace vbs::volume_delegate
