#include "common/http/server.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "common/http/connection.h"
#include "common/http/listener.h"
#include "common/http/url.h"
#include "common/model/error.h"
#include "common/model/text.h"
#include "common/system/thread_scheduler.h"

namespace vbs::http {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

/// How many connections past the limit get an answer that says so at the same time; the rest are just closed.
constexpr std::size_t kMaxRefusedAtOnce = 64;
constexpr std::size_t kMaxHeaderLimit = 1024UL * 1024;
constexpr std::chrono::hours kLongestGrace{24};  // so that now() + grace does not overflow

void requirePositive(std::string_view name, std::int64_t value) {
  if (value > 0) return;
  throw Error(ErrorCode::InvalidParameter, fmt::format("the server's {} must be more than 0", name));
}

void check(const ServerSettings& settings) {
  requirePositive("workers", static_cast<std::int64_t>(settings.workers));
  requirePositive("maxConnections", static_cast<std::int64_t>(settings.maxConnections));
  requirePositive("maxBodyBytes", static_cast<std::int64_t>(settings.maxBodyBytes));
  requirePositive("maxHeaderBytes", static_cast<std::int64_t>(settings.maxHeaderBytes));
  requirePositive("headerTimeout", settings.headerTimeout.count());
  requirePositive("bodyTimeout", settings.bodyTimeout.count());
  requirePositive("writeTimeout", settings.writeTimeout.count());
  requirePositive("idleTimeout", settings.idleTimeout.count());
  requirePositive("closeTimeout", settings.closeTimeout.count());
  if (settings.maxHeaderBytes > kMaxHeaderLimit) {
    throw Error(ErrorCode::InvalidParameter,
                fmt::format("the server's maxHeaderBytes must be at most {}", kMaxHeaderLimit));
  }
  if (settings.publicUrl.empty()) return;
  std::string_view authority = settings.publicUrl;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!authority.starts_with(scheme)) continue;
    authority.remove_prefix(scheme.size());
    if (parseAuthority(authority)) return;
    break;
  }
  throw Error(ErrorCode::InvalidParameter,
              fmt::format("the public URL \"{}\" is not http://HOST:PORT or https://HOST:PORT",
                          printable(settings.publicUrl)));
}

std::string baseUrl(const asio::ip::tcp::endpoint& endpoint) {
  return fmt::format("http://{}:{}", urlHost(endpoint.address().to_string()), endpoint.port());
}

/// Checked before anything is opened.
const ServerSettings& checked(const ServerSettings& settings) {
  check(settings);
  return settings;
}

}  // namespace

class Server::Impl {
public:
  Impl(const ServerSettings& settings, std::vector<Resource*> resources)
      : settings_(checked(settings)),
        listener_(io_, settings.host, settings.port),
        url_(baseUrl(listener_.endpoint())),
        router_(std::move(resources)),
        address_(settings.publicUrl, settings.trustedProxies, url_),
        keepRunning_(io_.get_executor()),
        graceTimer_(io_),
        shared_{.io = io_,
                .settings = settings_,
                .router = router_,
                .address = address_,
                .workers = workers_,
                .connections = {},
                .onClosed = [this] { finishIfDone(); }},
        workers_(system::threadScheduler(), settings.workers, settings.maxQueuedMessages) {
    listener_.start([this](Stream stream) { admit(std::move(stream)); }, [this] { giveWay(); });
    network_ = std::thread([this] { run(); });
  }

  ~Impl() {
    stop(std::chrono::milliseconds(0));
    network_.join();
  }

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::uint16_t port() const { return listener_.endpoint().port(); }
  const std::string& url() const { return url_; }

  void stop(std::chrono::milliseconds grace) {
    using std::chrono::milliseconds;
    const auto deadline = Clock::now() + std::clamp<milliseconds>(grace, milliseconds(0), kLongestGrace);
    std::unique_lock lock(stopMutex_);
    if (!stopped_ && (!stopBy_ || deadline < *stopBy_)) {
      stopBy_ = deadline;
      asio::post(io_, [this, deadline] { beginStop(deadline); });
    }
    stoppedChanged_.wait(lock, [this] { return stopped_; });
  }

private:
  // All below on the network thread.

  void run() {
    while (true) {
      try {
        io_.run();
        break;
      } catch (const std::exception& error) {
        spdlog::error("the HTTP server goes on after: {}", error.what());
      }
    }
    const std::lock_guard lock(stopMutex_);
    stopped_ = true;
    stoppedChanged_.notify_all();
  }

  void admit(Stream stream) {
    boost::system::error_code ignored;
    stream.set_option(asio::ip::tcp::no_delay(true), ignored);
    const bool full = isFull() && !giveWay();
    if (full != full_) {
      full_ = full;
      if (full) {
        spdlog::warn("all {} connections are busy; new ones are refused until one ends",
                     settings_.maxConnections);
      }
    }
    if (full && shared_.refused >= kMaxRefusedAtOnce) return;
    const auto connection = std::make_shared<Connection>(std::move(stream), shared_);
    if (full) {
      connection->refuse(textResponse(503, "too many connections; ask again later"));
    } else {
      connection->serve();
    }
  }

  bool isFull() const { return shared_.connections.size() - shared_.refused >= settings_.maxConnections; }

  /// Closes a connection that nothing is lost with. False when there is none.
  bool giveWay() {
    for (const auto phase : {Phase::Idle, Phase::Closing}) {
      const auto connection = shared_.connections.oldest(phase);
      if (!connection) continue;
      connection->close();
      if (!isFull()) return true;
    }
    return false;
  }

  void beginStop(Clock::time_point deadline) {
    if (finished_) return;
    // Armed first: closing the last connection finishes, and finishing disarms it.
    graceTimer_.expires_at(deadline);
    graceTimer_.async_wait([this](const boost::system::error_code& aborted) {
      if (!aborted) finish();
    });
    shared_.stopping = true;
    listener_.stop();
    for (const auto& connection : shared_.connections.all()) {
      if (connection->phase() == Phase::Idle || connection->phase() == Phase::Receiving) connection->close();
    }
    finishIfDone();
  }

  void finishIfDone() {
    if (shared_.stopping && shared_.connections.size() == 0) finish();
  }

  void finish() {
    if (std::exchange(finished_, true)) return;
    const auto left = shared_.connections.all();
    if (!left.empty()) {
      spdlog::warn("the HTTP server stops with {} connections unfinished: the grace is over", left.size());
    }
    for (const auto& connection : left) connection->close();
    workers_.close();
    graceTimer_.cancel();
    keepRunning_.reset();
  }

  const ServerSettings settings_;
  asio::io_context io_;
  Listener listener_;
  std::string url_;
  Router router_;
  PublicAddress address_;
  asio::executor_work_guard<asio::io_context::executor_type> keepRunning_;
  asio::steady_timer graceTimer_;
  SharedState shared_;
  WorkerPool workers_;  ///< after what its jobs use: they may outlast stop()
  bool full_ = false;
  bool finished_ = false;

  std::mutex stopMutex_;
  std::condition_variable stoppedChanged_;
  std::optional<Clock::time_point> stopBy_;
  bool stopped_ = false;

  std::thread network_;
};

Server::Server(const ServerSettings& settings, std::vector<Resource*> resources)
    : impl_(std::make_unique<Impl>(settings, std::move(resources))) {}

Server::~Server() = default;

std::uint16_t Server::port() const {
  return impl_->port();
}

std::string Server::url() const {
  return impl_->url();
}

void Server::stop(std::chrono::milliseconds grace) {
  impl_->stop(grace);
}

}  // namespace vbs::http
