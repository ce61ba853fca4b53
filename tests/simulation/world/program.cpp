#include "simulation/world/program.h"

#include <utility>
#include <variant>

#include "common/model/error.h"

namespace vbs::simulation {

using std::chrono::milliseconds;

namespace {

constexpr std::size_t kWorkers = 12;
constexpr std::size_t kQueuedRequests = 100;

}  // namespace

Program::Program(VirtualScheduler& scheduler, Random& random, Trace& trace, std::string name,
                 std::function<void(Program&)> main)
    : scheduler_(scheduler),
      random_(random),
      trace_(trace),
      name_(std::move(name)),
      main_(std::move(main)),
      changed_(scheduler) {}

void Program::start() {
  if (isRunning() || !hasPower_) return;
  isToEnd_ = false;
  trace_.note(scheduler_.now(), name_, "starts");
  process_ = scheduler_.launch(
      name_, [this] { run(); }, [this] { ended(); });
}

void Program::run() {
  try {
    main_(*this);
  } catch (const Error& error) {
    trace_.note(scheduler_.now(), name_, "does not start");
    trace_.comment(scheduler_.now(), name_, error.what());
  }
}

void Program::ended() {
  trace_.note(scheduler_.now(), name_, "has ended");
  if (onEnd_) onEnd_();
  const auto pause = random_.between(milliseconds(100), milliseconds(4'000));
  scheduler_.at(scheduler_.now() + pause, [this] { start(); });
}

void Program::kill() {
  if (!isRunning()) return;
  trace_.note(scheduler_.now(), name_, "is killed");
  scheduler_.kill(process_);
}

void Program::terminate() {
  trace_.note(scheduler_.now(), name_, "is told to end");
  const std::lock_guard lock(mutex_);
  isToEnd_ = true;
  changed_.notifyAll();
}

void Program::freeze(milliseconds duration) {
  if (!isRunning()) return;
  trace_.note(scheduler_.now(), name_, "is frozen for " + std::to_string(duration.count()) + " ms");
  scheduler_.freeze(process_, duration);
}

void Program::setPower(bool isOn) {
  hasPower_ = isOn;
  if (isOn) {
    start();
  } else {
    kill();
  }
}

void Program::awaitTermination() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return isToEnd_; });
}

Server::Server(VirtualScheduler& scheduler, Network& network, const std::string& node,
               std::vector<http::Resource*> resources)
    : router_(std::move(resources)),
      workers_(scheduler, kWorkers, kQueuedRequests),
      listener_(network.listen(node, [this](const http::Request& request, Network::Answer answer) {
        serve(request, std::move(answer));
      })) {}

void Server::serve(const http::Request& request, Network::Answer answer) {
  const auto route = router_.route(request);
  if (const auto* const refusal = std::get_if<http::Response>(&route)) {
    answer(*refusal);
    return;
  }
  auto* const resource = std::get<http::Resource*>(route);
  const bool isTaken = workers_.submit([resource, request, answer] { answer(resource->answer(request)); });
  if (!isTaken) answer(http::textResponse(503, "too many requests; ask again later"));
}

}  // namespace vbs::simulation
