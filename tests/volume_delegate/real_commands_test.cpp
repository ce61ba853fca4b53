#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "common/command/process_runner.h"
#include "common/model/error.h"
#include "fakes/fake_volume_status_listener.h"
#include "support/operation_context.h"
#include "support/scratch_directory.h"
#include "volume_delegate/command_volume_delegate.h"

// The delegate with real commands: volumes and snapshots are sparse files.

namespace vbs::volume_delegate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const VolumeId kVolume("vol-00000001");
const VolumeId kCopy("vol-00000002");
const SnapshotId kSnapshot("snap-00000001");
const SizeGiB kSize(1);
const RequestId kRequest("request-1");

class RealCommandsTest : public testing::Test {
protected:
  void SetUp() override {
    std::filesystem::create_directory(volumes());
    file_.emplace(directory_.write("commands.properties", "param.volumes = " + volumes().string() + R"(
volume.create = truncate -s <sizeGiB>G <volumes>/<volumeId>
volume.delete = rm -f <volumes>/<volumeId>
volume.copy = dd if=<volumes>/<snapshotId> of=<volumes>/<volumeId> bs=1M conv=sparse,notrunc status=progress
volume.copy.progress = (?<copiedBytes>\d+) bytes
snapshot.create = cp --sparse=always <volumes>/<volumeId> <volumes>/<snapshotId>
snapshot.delete = rm -f <volumes>/<snapshotId>
list.volumes = ls <volumes>
list.volumes.output = ^(?<volumeId>vol-\S+)$
list.snapshots = ls <volumes>
list.snapshots.output = ^(?<snapshotId>snap-\S+)$
capacity = df --block-size=1 --output=size,avail <volumes>
capacity.output = ^\s*(?<totalBytes>\d+)\s+(?<freeBytes>\d+)$
)"),
                  command::Host::VolumeServer);
    delegate_.emplace(*file_, runner_, &listener_,
                      Settings{.version = "1.2.3", .identity = DelegateId("server-1")});
  }

  std::filesystem::path volumes() const { return directory_.path() / "volumes"; }
  std::filesystem::path pathOf(const std::string& id) const { return volumes() / id; }

  void writeInto(const std::string& id, std::int64_t offset, const std::string& bytes) const {
    std::fstream file(pathOf(id), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(offset);
    file << bytes;
    ASSERT_TRUE(file.flush());
  }
  std::string readFrom(const std::string& id, std::int64_t offset, std::size_t count) const {
    std::ifstream file(pathOf(id), std::ios::binary);
    file.seekg(offset);
    std::string bytes(count, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(count));
    return bytes;
  }

  /// A snapshot that nobody finishes reading: a pipe which this test holds open.
  void makeEndlessSnapshot() {
    ASSERT_EQ(::mkfifo(pathOf(kSnapshot.str()).c_str(), 0600), 0);
    endless_.open(pathOf(kSnapshot.str()), std::ios::in | std::ios::out | std::ios::binary);
    ASSERT_TRUE(endless_);
  }

  support::ScratchDirectory directory_;
  command::ProcessRunner runner_;
  FakeVolumeStatusListener listener_;
  std::fstream endless_;
  std::optional<command::LiveCommandFile> file_;
  std::optional<CommandVolumeDelegate> delegate_;
};

TEST_F(RealCommandsTest, CreateAVolumeTwiceAndDeleteItTwice) {
  for (int i = 0; i < 2; ++i) delegate_->createVolume(doing("op-1"), kVolume, kSize, {});
  EXPECT_EQ(std::filesystem::file_size(pathOf("vol-00000001")), kSize.bytes());
  EXPECT_THAT(delegate_->inventory(kRequest).volumes.items,
              ElementsAre(VolumeServerInventory::Volume{kVolume}));
  for (int i = 0; i < 2; ++i) delegate_->deleteVolume(doing("op-2"), kVolume, kSize);
  EXPECT_THAT(delegate_->inventory(kRequest).volumes.items, IsEmpty());
}

TEST_F(RealCommandsTest, CopyASnapshotIntoANewVolume) {
  delegate_->createVolume(doing("op-1"), kVolume, kSize, {});
  writeInto("vol-00000001", 300'000'000, "the base data");
  delegate_->createSnapshot(doing("op-2"), kSnapshot, kVolume, kSize);
  writeInto("vol-00000001", 300'000'000, "what came later");

  EXPECT_EQ(delegate_->createVolume(doing("op-3"), kCopy, kSize, kSnapshot), CreateVolumeOutcome::Pending);
  EXPECT_EQ(listener_.waitFor(1)[0].status, VolumeStatus::Available);
  EXPECT_EQ(delegate_->describeCopies(kRequest, {kCopy})[0].state, CopyState::Done);
  EXPECT_EQ(std::filesystem::file_size(pathOf("vol-00000002")), kSize.bytes());
  EXPECT_EQ(readFrom("vol-00000002", 300'000'000, 13), "the base data");

  delegate_->deleteSnapshot(doing("op-4"), kSnapshot, kVolume, kSize);
  const VolumeServerInventory inventory = delegate_->inventory(kRequest);
  EXPECT_THAT(inventory.volumes.items,
              ElementsAre(VolumeServerInventory::Volume{kVolume}, VolumeServerInventory::Volume{kCopy}));
  EXPECT_THAT(inventory.snapshots.items, IsEmpty());
}

TEST_F(RealCommandsTest, TellHowFarACopyIsAndEndItWhenTheVolumeIsDeleted) {
  makeEndlessSnapshot();
  delegate_->createVolume(doing("op-1"), kCopy, kSize, kSnapshot);
  // Enough for a few percent; then a little at a time until dd, which speaks once a second, has told of it.
  endless_ << std::string(std::size_t{64} << 20U, 'x');
  const auto percent = [&] {
    return delegate_->describeCopies(kRequest, {kCopy})[0].progressPercent.value_or(0);
  };
  while (percent() == 0) {
    endless_ << std::string(4096, 'x') << std::flush;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_LT(percent(), 100);

  delegate_->deleteVolume(doing("op-2"), kCopy, kSize);
  EXPECT_EQ(delegate_->describeCopies(kRequest, {kCopy})[0].state, CopyState::Unknown);
  EXPECT_FALSE(std::filesystem::exists(pathOf("vol-00000002")));
  EXPECT_THAT(listener_.told(), IsEmpty());
}

TEST_F(RealCommandsTest, EndACopyWhenTheDelegateStops) {
  makeEndlessSnapshot();
  delegate_->createVolume(doing("op-1"), kCopy, kSize, kSnapshot);
  delegate_->stop();
  EXPECT_EQ(delegate_->describeCopies(kRequest, {kCopy})[0].state, CopyState::Pending);
  EXPECT_THAT(listener_.told(), IsEmpty());
}

TEST_F(RealCommandsTest, SayWhyACopyFailed) {
  delegate_->createVolume(doing("op-1"), kCopy, kSize, kSnapshot);
  const auto told = listener_.waitFor(1)[0];
  EXPECT_EQ(told.status, VolumeStatus::Error);
  EXPECT_THAT(*told.reason, testing::HasSubstr("No such file or directory"));
  EXPECT_TRUE(std::filesystem::exists(pathOf("vol-00000002")));
}

TEST_F(RealCommandsTest, TellTheCapacity) {
  const Capacity capacity = delegate_->capacity(kRequest);
  EXPECT_GT(capacity.totalBytes, 0);
  EXPECT_LE(capacity.freeBytes, capacity.totalBytes);
}

}  // namespace
}  // namespace vbs::volume_delegate
