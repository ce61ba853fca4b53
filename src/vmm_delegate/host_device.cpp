#include "vmm_delegate/host_device.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <system_error>
#include <thread>

#include "common/command/expansion.h"
#include "common/model/error.h"
#include "common/system/duration.h"

namespace vbs::vmm_delegate {
namespace {

namespace fs = std::filesystem;

/// Polls, as no one event tells that udev has made a link and that its device is there.
bool becomesTrue(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  using std::chrono::milliseconds;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  auto pause = milliseconds(5);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, milliseconds(200));
  }
  return true;
}

fs::file_type typeOf(const std::string& path) {
  std::error_code error;
  return fs::status(path, error).type();
}

bool isDeviceOrFile(fs::file_type type) {
  return type == fs::file_type::block || type == fs::file_type::character || type == fs::file_type::regular;
}

}  // namespace

std::optional<std::string> expectedDevice(const command::CommandFile& file,
                                          const command::Parameters& parameters) {
  const command::HostDevicePattern* device = file.hostDevice();
  const auto isUnknown = [&](const std::string& name) {
    return parameters.find(name) == nullptr && !file.constant(name) && file.isCaptured(name);
  };
  if (device != nullptr && std::ranges::any_of(device->pattern.parameters(), isUnknown)) return std::nullopt;
  return command::hostDevice(file, parameters);
}

bool connectsByTarget(const command::CommandFile& file) {
  const auto isNamedIn = [](const command::Pattern& pattern) {
    return std::ranges::count(pattern.parameters(), "targetName") > 0;
  };
  if (file.hostDevice() != nullptr && isNamedIn(file.hostDevice()->pattern)) return true;
  return std::ranges::any_of(file.commands(command::Action::HostDisconnect), [&](const auto& command) {
    return std::ranges::any_of(patternsOf(command),
                               [&](const command::Pattern* pattern) { return isNamedIn(*pattern); });
  });
}

bool isPath(std::string_view hostDevice) {
  return hostDevice.starts_with('/');
}

void awaitAppearance(const std::string& path, std::chrono::milliseconds patience,
                     const std::string& resource) {
  if (becomesTrue([&] { return isDeviceOrFile(typeOf(path)); }, patience)) return;
  const bool isThere = fs::exists(fs::file_status(typeOf(path)));
  throw Error(
      ErrorCode::Timeout,
      fmt::format("host.device {} {} after {}", path,
                  isThere ? "is neither a device nor a file" : "did not appear", system::toString(patience)),
      resource)
      .withEffect(Effect::Partial);
}

void awaitDisappearance(const std::string& path, std::chrono::milliseconds patience,
                        const std::string& resource) {
  // symlink_status: a dangling by-path link still stands for the connection that made it.
  const auto isGone = [&] {
    std::error_code error;
    return fs::symlink_status(path, error).type() == fs::file_type::not_found;
  };
  if (becomesTrue(isGone, patience)) return;
  throw Error(
      ErrorCode::Timeout,
      fmt::format("host.device {} is still there {} after host.disconnect", path, system::toString(patience)),
      resource)
      .withEffect(Effect::Partial);
}

}  // namespace vbs::vmm_delegate
