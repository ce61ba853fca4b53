#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/http/resource.h"
#include "common/http/router.h"
#include "common/http/worker_pool.h"
#include "simulation/time/random.h"
#include "simulation/time/trace.h"
#include "simulation/time/virtual_scheduler.h"
#include "simulation/world/network.h"

namespace vbs::simulation {

/// A daemon that is started again whenever it has ended, as its unit says.
class Program {
public:
  /// `main`: runs until awaitTermination() returns. What it throws is a start that failed.
  Program(VirtualScheduler& scheduler, Random& random, Trace& trace, std::string name,
          std::function<void(Program&)> main);

  void start();
  /// SIGKILL.
  void kill();
  /// SIGTERM.
  void terminate();
  void freeze(std::chrono::milliseconds duration);
  /// Its computer has no power: it is killed, and not started before it has it again.
  void setPower(bool isOn);
  bool isRunning() const { return VirtualScheduler::isAlive(process_); }

  /// Called when it has ended, before it is started again.
  void onEnd(std::function<void()> call) { onEnd_ = std::move(call); }

  /// For main.
  void awaitTermination();

private:
  void run();
  void ended();

  VirtualScheduler& scheduler_;
  Random& random_;
  Trace& trace_;
  const std::string name_;
  const std::function<void(Program&)> main_;
  std::function<void()> onEnd_;
  std::shared_ptr<Process> process_;
  std::mutex mutex_;
  system::Condition changed_;
  bool isToEnd_ = false;
  bool hasPower_ = true;
};

/// What http::Server is to a daemon: its resources on the network.
class Server {
public:
  Server(VirtualScheduler& scheduler, Network& network, const std::string& node,
         std::vector<http::Resource*> resources);

private:
  void serve(const http::Request& request, Network::Answer answer);

  http::Router router_;
  http::WorkerPool workers_;
  std::unique_ptr<Network::Listener> listener_;  // last: nobody comes while the rest goes
};

}  // namespace vbs::simulation
