#include "simulation/world/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "common/model/error.h"

namespace vbs::simulation {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr seconds kConnectTimeout{5};
/// When a client takes a host that is silent for dead (http::TimedStream).
constexpr seconds kSilence{35};
constexpr milliseconds kLongestStall{150'000};

/// "createVolume" of "urn:vbs:volume-delegate:1#createVolume".
std::string operationOf(const http::Headers& headers) {
  const std::string_view action = http::valueOf(headers, "SOAPAction");
  const auto begin = action.find('#') + 1;
  return std::string(action.substr(begin, action.find('"', begin) - begin));
}

/// The first id in the message, for people: "vol-0a1b2c3d".
std::string subjectOf(const std::string& body) {
  for (const std::string_view prefix : {">vol-", ">snap-"}) {
    const auto at = body.find(prefix);
    if (at != std::string::npos) return " " + body.substr(at + 1, body.find('<', at) - at - 1);
  }
  return {};
}

std::string describe(const http::Headers& headers, const std::string& body) {
  const bool isUndo = body.find("undo>true<") != std::string::npos;
  return (isUndo ? "undo:" : "") + operationOf(headers) + subjectOf(body);
}

/// "ok", or the code of the fault.
std::string outcomeOf(const http::Response& response) {
  if (response.status == 200) return "ok";
  const auto code = response.body.find("code>", response.body.find("vbsFault"));
  if (code == std::string::npos) return "HTTP " + std::to_string(response.status);
  return response.body.substr(code + 5, response.body.find('<', code) - code - 5);
}

}  // namespace

/// A request on its way, or being answered.
struct Network::Exchange {
  std::string from;
  std::string to;
  http::Request request;
  std::string what;  ///< for the trace
  system::Condition changed;
  std::mutex mutex = {};
  bool isOver = false;
  bool awaitsRepeat = false;  ///< only the answer to the second of the two requests counts
  std::optional<std::uint64_t> listener = std::nullopt;
  std::optional<http::Response> response = std::nullopt;
  std::optional<std::string> broken = std::nullopt;
};

/// As long as somebody waits for the answer.
class Network::Open {
public:
  Open(Network& network, ExchangePtr exchange) : network_(network), exchange_(std::move(exchange)) {
    network_.open_.push_back(exchange_);
  }
  ~Open() {
    exchange_->isOver = true;
    std::erase(network_.open_, exchange_);
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;

private:
  Network& network_;
  const ExchangePtr exchange_;
};

class Network::SimulatedChannel final : public http::Channel {
public:
  SimulatedChannel(Network& network, std::string from, std::string to, std::string path, milliseconds timeout)
      : network_(network),
        from_(std::move(from)),
        to_(std::move(to)),
        path_(std::move(path)),
        timeout_(timeout) {}

  const std::string& url() const override { return to_; }
  http::Response post(const http::Headers& headers, const std::string& body) override {
    return network_.post(from_, to_, path_, timeout_, headers, body);
  }

private:
  Network& network_;
  const std::string from_;
  const std::string to_;
  const std::string path_;
  const milliseconds timeout_;
};

Network::Network(VirtualScheduler& scheduler, std::uint64_t seed, Trace& trace)
    : scheduler_(scheduler), random_(seed), trace_(trace) {}

std::unique_ptr<Network::Listener> Network::listen(const std::string& node, Serve serve) {
  auto listener = std::make_unique<Listener>(*this, node, ++listenersMade_, std::move(serve));
  listeners_[node] = listener.get();
  return listener;
}

void Network::close(const std::string& node) {
  const std::uint64_t id = listeners_.at(node)->id_;
  listeners_.erase(node);
  for (const ExchangePtr& exchange : std::vector<ExchangePtr>(open_)) {
    if (exchange->listener != id) continue;
    const auto pause = withoutPower_.contains(node) ? microseconds(kSilence) : delay();
    later(pause, [this, exchange] { breakUp(exchange, "the connection was closed without an answer"); });
  }
}

std::unique_ptr<http::Channel> Network::channel(const std::string& from, const std::string& to,
                                                const std::string& path, milliseconds timeout) {
  return std::make_unique<SimulatedChannel>(*this, from, to, path, timeout);
}

void Network::cut(const std::string& one, const std::string& other, milliseconds duration) {
  cutUntil_[std::minmax(one, other)] = scheduler_.now() + duration;
}

bool Network::isCut(const std::string& one, const std::string& other) const {
  if (withoutPower_.contains(one) || withoutPower_.contains(other)) return true;
  const auto cut = cutUntil_.find(std::minmax(one, other));
  return cut != cutUntil_.end() && cut->second > scheduler_.now();
}

void Network::setPower(const std::string& node, bool isOn) {
  if (isOn) {
    withoutPower_.erase(node);
  } else {
    withoutPower_.insert(node);
  }
}

void Network::heal() {
  weather_ = {};
  cutUntil_.clear();
}

microseconds Network::delay() {
  return microseconds(100 + random_.below(3'000));
}

/// None, mostly.
microseconds Network::stall() {
  if (!random_.chance(weather_.stalls)) return microseconds(0);
  trace_.countFault();
  return random_.between(seconds(1), kLongestStall);
}

void Network::later(microseconds pause, std::function<void()> event) {
  scheduler_.at(scheduler_.now() + pause, std::move(event));
}

http::Response Network::post(const std::string& from, const std::string& to, const std::string& path,
                             milliseconds timeout, const http::Headers& headers, const std::string& body) {
  scheduler_.requireAlive();
  connect(from, to);
  // NOLINTNEXTLINE(modernize-make-shared): it cannot be moved
  const ExchangePtr exchange(new Exchange{.from = from,
                                          .to = to,
                                          .request = {.method = "POST",
                                                      .target = {.authority = {}, .path = path, .query = {}},
                                                      .headers = headers,
                                                      .body = body,
                                                      .peer = from,
                                                      .site = to},
                                          .what = describe(headers, body),
                                          .changed = system::Condition(scheduler_)});
  const Open open(*this, exchange);
  send(exchange);
  std::unique_lock lock(exchange->mutex);
  exchange->changed.waitFor(lock, timeout, [&] { return exchange->response || exchange->broken; });
  if (exchange->response) return *std::move(exchange->response);
  trace_.note(scheduler_.now(), from, fmt::format("hears nothing of {} from {}", exchange->what, to));
  if (exchange->broken) {
    throw Error(ErrorCode::DelegateUnreachable, *exchange->broken + "; the message may have been handled");
  }
  throw Error(ErrorCode::Timeout,
              fmt::format("no complete answer within {} s; the message may have been handled, or still be",
                          timeout.count() / 1000));
}

void Network::connect(const std::string& from, const std::string& to) {
  if (isCut(from, to)) {
    scheduler_.sleep(kConnectTimeout);
    throw Error(ErrorCode::DelegateUnreachable, "no answer within 5 s");
  }
  if (listeners_.contains(to)) return;
  scheduler_.sleep(milliseconds(1));
  throw Error(ErrorCode::DelegateUnreachable, "Connection refused");
}

void Network::send(const ExchangePtr& exchange) {
  exchange->listener = listeners_.at(exchange->to)->id_;
  const std::uint64_t listener = *exchange->listener;
  const auto deliverIn = [&](microseconds pause, bool isRepeat) {
    later(pause, [this, exchange, listener, isRepeat, held = requests_] {
      deliver(exchange, listener, isRepeat, held);
    });
  };
  const auto note = [&](const char* what) {
    trace_.countFault();
    trace_.note(scheduler_.now(), exchange->from,
                fmt::format("{} {} {}", exchange->what, what, exchange->to));
  };
  auto pause = delay();
  if (random_.chance(weather_.breaksBefore)) {
    note("is lost on its way to");
    later(pause,
          [this, exchange] { breakUp(exchange, "the connection broke before the answer was complete"); });
    return;
  }
  pause += stall();
  if (random_.chance(weather_.breaksAfter)) {
    note("has nobody any more who waits for it at");
    if (random_.chance(0.5)) pause += random_.between(milliseconds(0), seconds(30));
    deliverIn(pause, false);
    later(delay(), [this, exchange] { breakUp(exchange, "the connection was closed without an answer"); });
    return;
  }
  deliverIn(pause, false);
  if (!random_.chance(weather_.repeats)) return;
  note("is sent twice to");
  exchange->awaitsRepeat = true;
  pause += delay();
  pause += random_.between(milliseconds(0), milliseconds(500));
  deliverIn(pause, true);
}

void Network::deliver(const ExchangePtr& exchange, std::uint64_t listener, bool isRepeat, Held held) {
  const auto found = listeners_.find(exchange->to);
  const bool isThere = found != listeners_.end() && found->second->id_ == listener;
  if (!isThere || isCut(exchange->from, exchange->to)) {
    later(isThere ? microseconds(kSilence) : delay(),
          [this, exchange] { breakUp(exchange, "the connection broke before the answer was complete"); });
    return;
  }
  trace_.note(scheduler_.now(), exchange->to,
              fmt::format("{}{} from {}", exchange->isOver ? "late " : "", exchange->what, exchange->from));
  found->second->serve_(exchange->request, [this, exchange, isRepeat,
                                            held = std::move(held)](http::Response response) {
    scheduler_.requireAlive();
    trace_.note(scheduler_.now(), exchange->to, fmt::format("{}: {}", exchange->what, outcomeOf(response)));
    auto pause = delay();
    pause += stall();
    later(pause, [this, exchange, isRepeat, response = std::move(response)]() mutable {
      answer(exchange, isRepeat, std::move(response));
    });
  });
}

void Network::answer(const ExchangePtr& exchange, bool isRepeat, http::Response response) {
  if (exchange->awaitsRepeat != isRepeat) return;
  if (isCut(exchange->from, exchange->to)) {
    later(kSilence, [this, exchange] { breakUp(exchange, "the connection broke: no route to host"); });
    return;
  }
  const std::lock_guard lock(exchange->mutex);
  if (exchange->broken) return;
  response.isOfARepeat = isRepeat;
  exchange->response = std::move(response);
  exchange->changed.notifyAll();
}

void Network::breakUp(const ExchangePtr& exchange, const std::string& why) {
  const std::lock_guard lock(exchange->mutex);
  if (!exchange->response && !exchange->broken) exchange->broken = why;
  exchange->changed.notifyAll();
}

}  // namespace vbs::simulation
