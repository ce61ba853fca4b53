#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/http/channel.h"
#include "common/http/message.h"
#include "simulation/time/random.h"
#include "simulation/time/trace.h"
#include "simulation/time/virtual_scheduler.h"

namespace vbs::simulation {

/// How the network treats messages, from now on. Probabilities are of 0 to 1, for each message.
struct Weather {
  double breaksBefore = 0;  ///< the connection breaks, and the request does not arrive
  double breaksAfter = 0;   ///< the connection breaks; the request arrives, if late
  double repeats = 0;  ///< a kept-alive connection breaks, and the request is sent again: it arrives twice
  double stalls = 0;   ///< a request or an answer takes seconds or minutes
};

/// The computers that the programs run on, and what carries their messages: instead of http::Server and
/// http::Client, with the same failures (see http::Client::post). Used by the threads of one simulation.
class Network {
public:
  using Answer = std::function<void(http::Response)>;
  /// What a server does with a request; must not wait. `answer` may be called later, by one of its threads.
  using Serve = std::function<void(const http::Request&, Answer answer)>;

  Network(VirtualScheduler& scheduler, std::uint64_t seed, Trace& trace);

  /// A server of the program that calls, as long as it lives. `node`: the computer it runs on.
  class Listener;
  std::unique_ptr<Listener> listen(const std::string& node, Serve serve);

  /// The channel to whoever listens on `to`. `name`: how errors call it.
  std::unique_ptr<http::Channel> channel(const std::string& from, const std::string& to,
                                         const std::string& path, std::chrono::milliseconds timeout);

  void setWeather(const Weather& weather) { weather_ = weather; }
  /// Nothing passes between the two, for that long.
  void cut(const std::string& one, const std::string& other, std::chrono::milliseconds duration);
  /// The computer has no power, so that nothing it was asked is answered, or it has it again.
  void setPower(const std::string& node, bool isOn);
  /// All goes well again.
  void heal();
  /// False while a request is on its way to a program, or not answered by one that lives.
  bool isQuiet() const { return requests_.use_count() == 1; }

private:
  class SimulatedChannel;
  struct Exchange;
  class Open;
  using ExchangePtr = std::shared_ptr<Exchange>;

  http::Response post(const std::string& from, const std::string& to, const std::string& path,
                      std::chrono::milliseconds timeout, const http::Headers& headers,
                      const std::string& body);
  void connect(const std::string& from, const std::string& to);
  void send(const ExchangePtr& exchange);
  /// Held for each request until it is answered, or nobody is left to answer it.
  using Held = std::shared_ptr<const bool>;
  void deliver(const ExchangePtr& exchange, std::uint64_t listener, bool isRepeat, Held held);
  void answer(const ExchangePtr& exchange, bool isRepeat, http::Response response);
  void breakUp(const ExchangePtr& exchange, const std::string& why);
  void later(std::chrono::microseconds pause, std::function<void()> event);
  std::chrono::microseconds delay();
  std::chrono::microseconds stall();
  bool isCut(const std::string& one, const std::string& other) const;
  void close(const std::string& node);

  VirtualScheduler& scheduler_;
  Random random_;
  Trace& trace_;
  Weather weather_;
  std::map<std::string, Listener*> listeners_;  // by node
  std::uint64_t listenersMade_ = 0;
  std::map<std::pair<std::string, std::string>, system::Clock::TimePoint> cutUntil_;
  std::set<std::string> withoutPower_;
  std::vector<ExchangePtr> open_;
  const Held requests_ = std::make_shared<const bool>();
};

class Network::Listener {
public:
  Listener(Network& network, std::string node, std::uint64_t id, Serve serve)
      : network_(network), node_(std::move(node)), id_(id), serve_(std::move(serve)) {}
  /// Nobody is served any more, and who waits for an answer hears that.
  ~Listener() { network_.close(node_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

private:
  friend class Network;
  Network& network_;
  const std::string node_;
  const std::uint64_t id_;
  const Serve serve_;
};

}  // namespace vbs::simulation
