#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/client.h"
#include "fakes/mock_vbs_admin.h"
#include "fakes/mock_vbs_service.h"

namespace vbs::cli {

/// Keeps what was written, or fails as it is told to.
class StringOutput : public Output {
public:
  void write(std::string_view text) override {
    if (failure) throw OutputError(*failure, std::generic_category());
    written += text;
    ++writes;
  }

  std::string written;
  int writes = 0;
  std::optional<int> failure;  ///< an errno
};

/// Time passes only by sleeping.
class FakeClock : public WaitClock {
public:
  TimePoint now() override { return now_; }
  bool sleep(std::chrono::milliseconds duration) override {
    ++sleeps;
    if (interruptAtSleep == sleeps) return false;
    now_ += duration;
    return true;
  }
  std::chrono::milliseconds passed() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch());
  }

  int sleeps = 0;
  std::optional<int> interruptAtSleep;  ///< from 1

private:
  TimePoint now_{};
};

/// A client before a service that does what the test says.
class ClientTest : public testing::Test {
public:
  ExitCode run(const std::vector<std::string>& arguments) {
    return runClient(arguments,
                     {.out = out,
                      .err = err,
                      .outWidth = outWidth,
                      .errWidth = errWidth,
                      .clock = clock,
                      .environment = [this](const std::string& name) { return variable(name); },
                      .connect = [this](const std::string& endpoint) { return connect(endpoint); },
                      .connectAdmin = [this](const std::string& url) { return connectAdmin(url); }});
  }

  StringOutput out;
  StringOutput err;
  std::optional<int> outWidth;
  std::optional<int> errWidth;
  FakeClock clock;
  std::map<std::string, std::string> variables;
  std::string endpoint;  ///< that the client connected to
  using Service = testing::NiceMock<fakes::MockVbsService>;
  std::unique_ptr<Service> owned = std::make_unique<Service>();
  Service& service = *owned;  ///< lives until the end of run()
  std::string adminEndpoint;
  using Admin = testing::NiceMock<fakes::MockVbsAdmin>;
  std::unique_ptr<Admin> ownedAdmin = std::make_unique<Admin>();
  Admin& admin = *ownedAdmin;  ///< the same

private:
  std::optional<std::string> variable(const std::string& name) const {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  }
  std::unique_ptr<VbsService> connect(const std::string& to) {
    endpoint = to;
    return std::move(owned);
  }
  std::unique_ptr<VbsAdmin> connectAdmin(const std::string& to) {
    adminEndpoint = to;
    return std::move(ownedAdmin);
  }
};

}  // namespace vbs::cli
