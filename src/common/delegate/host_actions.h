#pragma once

#include "common/command/command_runner.h"
#include "common/delegate/actions.h"

namespace vbs::delegate {

/// Actions as the commands of this host. Thread-safe.
class HostActions : public Actions {
public:
  /// `runner` must outlive it.
  explicit HostActions(command::CommandRunner& runner) : runner_(runner) {}

  command::ActionOutput run(const command::CommandFile& file, command::Action action,
                            const command::Parameters& parameters, const std::string& resource,
                            const command::ActionRunner::Options& options) override {
    return runner_.run(file, action, parameters, resource, options);
  }
  void await(std::string_view /*key*/, const std::string& /*value*/, std::string_view /*remark*/,
             const std::function<void()>& wait) override {
    wait();
  }
  void remark(std::string_view /*text*/) override {}

private:
  const command::ActionRunner runner_;
};

}  // namespace vbs::delegate
