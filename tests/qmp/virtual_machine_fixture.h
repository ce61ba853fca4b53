#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fakes/qmp_server.h"
#include "qmp/temporary_directory.h"
#include "qmp/virtual_machine.h"

namespace vbs::qmp {

inline constexpr std::chrono::seconds kPlenty{60};
inline constexpr std::chrono::milliseconds kLittle{500};
inline const std::string kPortal = "192.0.2.10:3260";

class VirtualMachineTest : public ::testing::Test {
protected:
  static Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

  VirtualMachine open() {
    const auto check = [this](const IscsiUrl& url, const std::optional<TargetName>& initiator, Deadline) {
      asked_.push_back(toString(url) + " by " + (initiator ? initiator->str() : "anybody"));
      return login_;
    };
    auto machine = VirtualMachine::open(socket_, in(kPlenty), check);
    if (!machine) throw std::runtime_error("the fake VM is gone");
    return std::move(*machine);
  }

  Attachment volumeAs(const std::string& device, const std::string& volume = "vol-0a1b2c3d") const {
    return {VolumeId(volume), VmDevice(device),
            IscsiUrl{Portal(kPortal), TargetName("iqn.2009-09.org.example:" + volume), Lun(1)},
            TargetName("iqn.2009-09.org.example:host1")};
  }

  void leaveNode(const std::string& volume = "vol-0a1b2c3d", const std::string& portal = kPortal) {
    vm_.addNode(volume, portal, "iqn.2009-09.org.example:" + volume, 1, "iqn.2009-09.org.example:host1");
  }

  /// What targets answer from now on.
  void targetsAnswer(Login::Outcome outcome, const std::string& reason = {}) { login_ = {outcome, reason}; }

  static ErrorCode codeOf(const std::function<void()>& call, std::string* message = nullptr) {
    try {
      call();
    } catch (const Error& error) {
      if (message != nullptr) *message = error.what();
      return error.code();
    }
    throw std::runtime_error("no error");
  }

  TemporaryDirectory directory_;
  std::filesystem::path socket_ = directory_ / "vm1.qmp";
  fakes::QmpServer vm_{socket_};
  Login login_{Login::Outcome::Granted, {}};
  std::vector<std::string> asked_;
};

}  // namespace vbs::qmp
