#include "common/http/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <utility>

#include "common/http/resolver.h"
#include "common/http/timed_stream.h"
#include "common/http/url.h"
#include "common/model/error.h"

namespace vbs::http {
namespace {

namespace beast = boost::beast;
using SystemError = boost::system::error_code;
using Clock = std::chrono::steady_clock;
using RawRequest = beast::http::request<beast::http::span_body<const char>>;

constexpr std::size_t kMaxAnswerBytes = 64UL * 1024 * 1024;
constexpr std::size_t kMaxHeadBytes = 16UL * 1024;
constexpr std::size_t kMaxBufferedBytes = 128UL * 1024;
/// Shorter than the time for which servers keep an idle connection (Server: 60 s), so a stale connection is
/// seldom used.
constexpr std::chrono::seconds kMaxIdle{30};
constexpr std::chrono::hours kLongestTimeout{24};  // so that now() + timeout does not overflow

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

Clock::time_point after(std::chrono::milliseconds limit) {
  return Clock::now() + std::min<std::chrono::milliseconds>(limit, kLongestTimeout);
}

std::string seconds(std::chrono::milliseconds limit) {
  return fmt::format("{:g} s", std::chrono::duration<double>(limit).count());
}

/// One connection to the server. TLS goes here: an ssl::stream around the TimedStream.
struct ClientConnection {
  TimedStream stream;
  beast::flat_buffer buffer{kMaxBufferedBytes};
  bool reusable = false;  ///< after an answer: the server keeps it open
};

/// Sends `request` and receives the answer. Nothing, and `error`, when that fails.
std::optional<Response> exchange(ClientConnection& connection, const RawRequest& request,
                                 SystemError& error) {
  connection.stream.resetBytesReceived();
  connection.reusable = false;
  SystemError writeError;
  beast::http::request_serializer<beast::http::span_body<const char>> serializer(request);
  beast::http::write(connection.stream, serializer, writeError);
  if (writeError == beast::error::timeout) {
    error = writeError;
    return std::nullopt;
  }
  // A server that refuses a message answers and closes before it has read all of it. So the answer can be
  // read although the rest could not be sent.
  std::optional<beast::http::response_parser<beast::http::string_body>> parser;
  do {
    parser.emplace();
    parser->header_limit(kMaxHeadBytes);
    parser->body_limit(kMaxAnswerBytes);
    beast::http::read_header(connection.stream, connection.buffer, *parser, error);
  } while (!error && parser->get().result_int() / 100 == 1);
  if (!error) beast::http::read(connection.stream, connection.buffer, *parser, error);
  if (error) {
    if (writeError && connection.stream.bytesReceived() == 0) error = writeError;
    return std::nullopt;
  }
  connection.reusable = !writeError && parser->get().keep_alive() && connection.buffer.size() == 0;
  auto response = parser->release();
  return Response{.status = static_cast<int>(response.result_int()),
                  .contentType = std::string(view(response[beast::http::field::content_type])),
                  .body = std::move(response.body())};
}

}  // namespace

class Client::Impl {
public:
  explicit Impl(const std::string& text)
      : text_(text), url_(parseHttpUrl(text)), resolver_(url_.host, url_.port) {}

  const std::string& url() const { return text_; }

  Response post(const Headers& headers, const std::string& body, const Timeouts& timeouts) {
    RawRequest request(beast::http::verb::post, url_.path, 11,
                       beast::span<const char>(body.data(), body.size()));
    request.set(beast::http::field::host, url_.authority());
    for (const Header& header : headers) request.insert(header.name, header.value);
    request.content_length(body.size());

    std::optional<Clock::time_point> deadline;
    if (auto kept = take()) {
      deadline = after(timeouts.call);
      kept->stream.expiresAt(*deadline);
      SystemError error;
      if (auto reply = exchange(*kept, request, error)) return finish(std::move(kept), std::move(*reply));
      if (error == beast::error::timeout || kept->stream.bytesReceived() > 0) throw broken(error, timeouts);
    }
    auto connection = connect(timeouts.connect);
    connection->stream.expiresAt(deadline.value_or(after(timeouts.call)));
    SystemError error;
    auto reply = exchange(*connection, request, error);
    if (!reply) throw broken(error, timeouts);
    reply->isOfARepeat = deadline.has_value();
    return finish(std::move(connection), std::move(*reply));
  }

private:
  using ConnectionPtr = std::unique_ptr<ClientConnection>;

  struct Idle {
    ConnectionPtr connection;
    Clock::time_point since;
  };

  /// A kept-alive connection that looks alive, the one used last first; null when there is none.
  ConnectionPtr take() {
    while (true) {
      ConnectionPtr connection;
      {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) return nullptr;
        connection = std::move(idle_.back().connection);
        idle_.pop_back();
      }
      if (!connection->stream.hasInput()) return connection;
    }
  }

  Response finish(ConnectionPtr connection, Response reply) {
    std::deque<Idle> old;  // closed without the lock
    const auto now = Clock::now();
    const std::lock_guard lock(mutex_);
    while (!idle_.empty() && now - idle_.front().since > kMaxIdle) {
      old.push_back(std::move(idle_.front()));
      idle_.pop_front();
    }
    if (connection->reusable) idle_.push_back({std::move(connection), now});
    return reply;
  }

  ConnectionPtr connect(std::chrono::milliseconds limit) {
    const auto deadline = after(limit);
    auto connection = std::make_unique<ClientConnection>();
    std::string tried;
    std::string reasons;
    try {
      const auto addresses = resolver_.resolve(deadline);
      for (std::size_t i = 0; i < addresses.size(); ++i) {
        // Each address gets its share of the time that is left, so one that drops packets does not use up the
        // time of the others.
        const auto now = Clock::now();
        const auto share = (deadline - now) / static_cast<std::int64_t>(addresses.size() - i);
        SystemError error;
        connection->stream.connect(addresses[i], now + share, error);
        if (!error) return connection;
        const std::string reason =
            error == beast::error::timeout ? "no answer within " + seconds(limit) : error.message();
        const std::string_view separator = tried.empty() ? "" : ", ";
        tried += fmt::format("{}{} ({})", separator, reason, toString(addresses[i]));
        reasons += fmt::format("{}{}", separator, reason);
      }
    } catch (const std::exception& error) {
      tried = error.what();
      reasons = "its host name cannot be looked up";
    }
    throw HttpFailure(ErrorCode::DelegateUnreachable, fmt::format("{}: {}", text_, tried), reasons);
  }

  HttpFailure broken(const SystemError& error, const Timeouts& timeouts) const {
    static const auto& httpCategory = make_error_code(beast::http::error::bad_version).category();
    if (error == beast::error::timeout) {
      const std::string reason =
          fmt::format("no complete answer within {}; the message may have been handled, or still be",
                      seconds(timeouts.call));
      return {ErrorCode::Timeout, fmt::format("{}: {}", text_, reason), reason};
    }
    std::string reason = error.message();
    if (error == beast::http::error::end_of_stream) {
      reason = "the connection was closed without an answer; the message may have been handled";
    } else if (error == beast::http::error::partial_message) {
      reason = "the connection was closed in the middle of the answer; the message may have been handled";
    } else if (error == beast::http::error::body_limit) {
      reason = fmt::format("the answer is longer than {} MiB", kMaxAnswerBytes >> 20U);
    } else if (error.category() == httpCategory) {
      reason =
          fmt::format("what answers there does not speak HTTP ({}): is it the right port?", error.message());
    } else {
      reason = fmt::format(
          "the connection broke before the answer was complete: {}; the message may have been handled",
          error.message());
    }
    return {ErrorCode::DelegateUnreachable, fmt::format("{}: {}", text_, reason), reason};
  }

  const std::string text_;
  const HttpUrl url_;
  Resolver resolver_;
  std::mutex mutex_;
  std::deque<Idle> idle_;  ///< the one used last at the back
};

Client::Client(const std::string& url) : impl_(std::make_unique<Impl>(url)) {}

Client::~Client() = default;

Response Client::post(const Headers& headers, const std::string& body, const Timeouts& timeouts) {
  return impl_->post(headers, body, timeouts);
}

const std::string& Client::url() const {
  return impl_->url();
}

}  // namespace vbs::http
