#include "vmm_delegate/host_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "common/model/error.h"
#include "support/expect_error.h"
#include "support/scratch_directory.h"

namespace vbs::vmm_delegate {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

class HostDeviceTest : public testing::Test {
protected:
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

  static void expectTimeout(const std::function<void()>& wait, const std::string& path,
                            const std::string& why) {
    const Error error = errorOf([&] { wait(); });
    EXPECT_EQ(error.code(), ErrorCode::Timeout);
    EXPECT_EQ(error.resource(), "vol-00000001");
    EXPECT_THAT(error.what(), AllOf(HasSubstr(path), HasSubstr(why)));
  }

  support::ScratchDirectory directory_;
};

TEST_F(HostDeviceTest, IsAPathWhenItBeginsWithASlash) {
  EXPECT_TRUE(isPath("/dev/sdb"));
  EXPECT_FALSE(isPath("iscsi://192.0.2.10:3260/iqn.2009-09.org.example:vol-00000001/1"));
  EXPECT_FALSE(isPath("rbd:pool/vol-00000001"));
}

TEST_F(HostDeviceTest, IsThereAlready) {
  awaitAppearance(directory_.write("device", ""), 0ms, "vol-00000001");
  awaitAppearance("/dev/null", 0ms, "vol-00000001");
}

TEST_F(HostDeviceTest, IsWaitedForUntilItAppears) {
  const std::jthread maker([this] { directory_.write("device", ""); });
  awaitAppearance(path("device"), 1h, "vol-00000001");
  EXPECT_TRUE(std::filesystem::exists(path("device")));
}

TEST_F(HostDeviceTest, IsWaitedForBehindALink) {
  std::filesystem::create_symlink(path("device"), path("link"));
  expectTimeout([&] { awaitAppearance(path("link"), 1ms, "vol-00000001"); }, path("link"),
                "did not appear after 1ms");
  directory_.write("device", "");
  awaitAppearance(path("link"), 0ms, "vol-00000001");
}

TEST_F(HostDeviceTest, IsNoDirectory) {
  std::filesystem::create_directory(path("device"));
  expectTimeout([&] { awaitAppearance(path("device"), 1ms, "vol-00000001"); }, path("device"),
                "is neither a device nor a file");
}

TEST_F(HostDeviceTest, IsGoneAlready) {
  awaitDisappearance(path("device"), 0ms, "vol-00000001");
}

TEST_F(HostDeviceTest, IsWaitedForUntilItIsGone) {
  directory_.write("device", "");
  const std::jthread remover([this] { std::filesystem::remove(path("device")); });
  awaitDisappearance(path("device"), 1h, "vol-00000001");
  EXPECT_FALSE(std::filesystem::exists(path("device")));
}

TEST_F(HostDeviceTest, IsNotGoneWhileItsLinkIsThere) {
  std::filesystem::create_symlink(path("device"), path("link"));
  expectTimeout([&] { awaitDisappearance(path("link"), 1ms, "vol-00000001"); }, path("link"),
                "is still there 1ms after host.disconnect");
}

command::CheckedCommandFile parse(const std::string& text) {
  return command::CommandFile::parse(text, "commands.properties", command::Host::VmHost);
}

TEST(ExpectedDevice, IsWhatThePatternMakesOfTheCall) {
  const auto file = parse("param.directory = /dev/volumes\nhost.device = <directory>/<volumeId>\n").file;
  ASSERT_TRUE(file);
  EXPECT_EQ(expectedDevice(*file, command::Parameters().set("volumeId", "vol-00000001")),
            "/dev/volumes/vol-00000001");
}

TEST(ExpectedDevice, IsUnknownWhenOnlyConnectingFindsItOut) {
  const auto file = parse(R"(
host.connect = map <volumeId>
host.connect.output = (?<mapped>/dev/\S+)
host.disconnect = unmap <volumeId>
host.device = <mapped>
)")
                        .file;
  ASSERT_TRUE(file);
  command::Parameters parameters;
  parameters.set("volumeId", "vol-00000001");
  EXPECT_EQ(expectedDevice(*file, parameters), std::nullopt);
  EXPECT_EQ(expectedDevice(*file, parameters.set("mapped", "/dev/rbd0")), "/dev/rbd0");
}

TEST(ExpectedDevice, NeedsWhatTheCallShouldHaveGiven) {
  const auto file = parse("host.device = /dev/<targetName>\n").file;
  ASSERT_TRUE(file);
  EXPECT_THROW(expectedDevice(*file, {}), Error);
}

}  // namespace
}  // namespace vbs::vmm_delegate
