#include "common/http/connection.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <exception>
#include <iterator>
#include <utility>

#include "common/model/text.h"

namespace vbs::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

/// What an idle connection holds ready.
constexpr std::size_t kReadBytes = 4096;
/// Room for what Beast reads ahead of a head (it must see a chunk's header or the trailers whole).
constexpr std::size_t kReadAheadBytes = 64UL * 1024;
/// A cancellation misses a read that has just ended and will be followed by another.
constexpr std::chrono::milliseconds kCancelAgain{50};
constexpr std::ptrdiff_t kMaxFields = 100;
constexpr std::string_view kTooManyFields = "the request head has more than 100 fields";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

using RawRequest = beast::http::request<beast::http::string_body>;

struct Refusal {
  int status;
  std::string_view text;
};

/// A request that has too many fields, or whose end or host could be understood in two ways (RFC 9112 section
/// 6.3, RFC 9110 section 7.2). What a proxy before us took for one request might be two for us.
std::optional<Refusal> framingFault(const RawRequest& request) {
  const auto lengths = request.count(beast::http::field::content_length);
  const auto encodings = request.count(beast::http::field::transfer_encoding);
  if (lengths > 0 && encodings > 0) return Refusal{400, "both Content-Length and Transfer-Encoding"};
  if (lengths > 1) return Refusal{400, "more than one Content-Length"};
  if (request.count(beast::http::field::host) > 1) return Refusal{400, "more than one Host"};
  // Each costs more than its bytes.
  if (std::distance(request.begin(), request.end()) > kMaxFields) return Refusal{431, kTooManyFields};
  if (encodings == 0) return std::nullopt;
  if (request.version() < 11) return Refusal{400, "Transfer-Encoding needs HTTP/1.1"};
  if (encodings > 1 || !beast::iequals(request[beast::http::field::transfer_encoding], "chunked")) {
    return Refusal{501, "the only Transfer-Encoding understood is chunked"};
  }
  return std::nullopt;
}

/// A message that cannot be taken although its frame is in order.
std::optional<Refusal> messageFault(const RawRequest& request) {
  if (request.count(beast::http::field::content_length) +
          request.count(beast::http::field::transfer_encoding) ==
      0) {
    return Refusal{411, "a message needs a Content-Length or Transfer-Encoding: chunked"};
  }
  const auto coding = request[beast::http::field::content_encoding];
  if (!coding.empty() && !beast::iequals(coding, "identity")) {
    return Refusal{415, "no Content-Encoding is understood; send the message as it is"};
  }
  const auto expectation = request[beast::http::field::expect];
  if (!expectation.empty() && !beast::iequals(expectation, "100-continue")) {
    return Refusal{417, "the only expectation understood is 100-continue"};
  }
  return std::nullopt;
}

/// Without its body. Taken when the head is there: trailers may change the fields.
Request headOf(const RawRequest& raw, const asio::ip::address& peer, const PublicAddress& address) {
  Request request{.method = std::string(view(raw.method_string())),
                  .target = parseTarget(view(raw.target())),
                  .headers = {},
                  .body = {},
                  .peer = peer.to_string(),
                  .site = {}};
  for (const auto& field : raw) {
    request.headers.push_back({std::string(view(field.name_string())), std::string(view(field.value()))});
  }
  const std::string& authority = request.target.authority;
  request.site = address.urlFor({.host = authority.empty() ? valueOf(request.headers, "Host") : authority,
                                 .forwardedProto = lastValueOf(request.headers, "X-Forwarded-Proto"),
                                 .forwardedHost = lastValueOf(request.headers, "X-Forwarded-Host"),
                                 .peer = peer});
  return request;
}

}  // namespace

template <class Action>
auto Connection::handler(Action action) {
  return [self = shared_from_this(), action = std::move(action)](auto&&... arguments) mutable {
    if (!self->isOpen()) return;
    try {
      action(std::forward<decltype(arguments)>(arguments)...);
    } catch (const std::exception& error) {
      spdlog::error("a connection was closed: {}", error.what());
      self->close();
    }
  };
}

Connection::Connection(Stream stream, SharedState& shared)
    : stream_(std::move(stream)),
      shared_(shared),
      deadline_(shared.io),
      buffer_(shared.settings.maxHeaderBytes + kReadAheadBytes) {}

void Connection::serve() {
  place_ = shared_.connections.add(shared_from_this(), Phase::Idle);
  awaitRequest(shared_.settings.headerTimeout);
}

void Connection::refuse(const Response& response) {
  place_ = shared_.connections.add(shared_from_this(), Phase::Answering);
  refused_ = true;
  ++shared_.refused;
  answer(response);
}

void Connection::close() {
  if (!open_) return;
  open_ = false;
  const auto self = shared_from_this();  // the table may hold the last reference
  ErrorCode ignored;
  stream_.close(ignored);
  deadline_.cancel();
  shared_.connections.remove(place_);
  shared_.unsentBytes -= std::exchange(unsentBytes_, 0);
  if (refused_) --shared_.refused;
  shared_.onClosed();
}

/// For a client that does not read: the system, too, forgets what was not sent.
void Connection::abort() {
  ErrorCode ignored;
  stream_.set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

void Connection::enter(Phase phase) {
  place_ = shared_.connections.move(place_, phase);
}

void Connection::within(std::chrono::milliseconds limit) {
  timedOut_ = false;
  arm(limit);
}

void Connection::arm(std::chrono::milliseconds limit) {
  deadline_.expires_after(limit);
  deadline_.async_wait(handler([this](const ErrorCode& aborted) {
    // A wait that had ended before expires_after moved the deadline still reports success.
    if (!aborted && deadline_.expiry() <= std::chrono::steady_clock::now()) onDeadline();
  }));
}

void Connection::onDeadline() {
  switch (phase()) {
    case Phase::Idle:
    case Phase::Closing:
      close();
      break;
    case Phase::Receiving: {
      timedOut_ = true;
      ErrorCode ignored;
      stream_.cancel(ignored);
      arm(kCancelAgain);
      break;
    }
    case Phase::Answering:
      abort();
      break;
    case Phase::Handling:
      break;
  }
}

void Connection::awaitRequest(std::chrono::milliseconds limit) {
  enter(Phase::Idle);
  keepAlive_ = false;
  headOnly_ = false;
  version_ = 11;
  parser_.reset();
  if (buffer_.size() > 0) {  // pipelined
    asio::post(shared_.io, handler([this] { beginHead(); }));
    return;
  }
  buffer_.shrink_to_fit();
  within(limit);
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          handler([this](const ErrorCode& error, std::size_t bytes) {
                            if (error) return close();
                            buffer_.commit(bytes);
                            beginHead();
                          }));
}

void Connection::beginHead() {
  enter(Phase::Receiving);
  within(shared_.settings.headerTimeout);
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(shared_.settings.maxHeaderBytes));
  parser_->body_limit(shared_.settings.maxBodyBytes);
  headBytes_ = 0;
  parseHead();
}

/// Not beast::http::async_read_header: Beast applies its limit to pieces of a head, not to the whole.
void Connection::parseHead() {
  ErrorCode error;
  const auto used = parser_->put(buffer_.data(), error);
  buffer_.consume(used);
  headBytes_ += used;
  const bool unfinished = error == beast::http::error::need_more;
  if (headBytes_ + (unfinished ? buffer_.size() : 0) > shared_.settings.maxHeaderBytes) {
    return receiveFailed(beast::http::error::header_limit);
  }
  if (!unfinished) return error ? receiveFailed(error) : onHead();
  stream_.async_read_some(buffer_.prepare(kReadBytes),
                          handler([this](const ErrorCode& failure, std::size_t bytes) {
                            if (failure) return receiveFailed(failure);
                            buffer_.commit(bytes);
                            parseHead();
                          }));
}

void Connection::onHead() {
  const RawRequest& request = parser_->get();
  version_ = request.version();
  headOnly_ = request.method() == beast::http::verb::head;
  if (const auto fault = framingFault(request)) return refuseRequest(fault->status, fault->text);

  ErrorCode ignored;
  request_ = headOf(request, stream_.remote_endpoint(ignored).address(), shared_.address);
  auto route = shared_.router.route(request_);
  if (auto* response = std::get_if<Response>(&route)) {
    keepAlive_ = request.keep_alive() && parser_->is_done();
    return answer(std::move(*response));
  }
  if (const auto fault = messageFault(request)) return refuseRequest(fault->status, fault->text);
  keepAlive_ = request.keep_alive();
  resource_ = std::get<Resource*>(route);
  within(shared_.settings.bodyTimeout);
  const bool mustInvite =
      request.count(beast::http::field::expect) > 0 && version_ >= 11 && !parser_->is_done();
  if (!mustInvite) return readBody();
  asio::async_write(stream_, asio::buffer(kContinue), handler([this](const ErrorCode& error, std::size_t) {
                      if (error) return receiveFailed(error);
                      readBody();
                    }));
}

void Connection::readBody() {
  beast::http::async_read(stream_, buffer_, *parser_, handler([this](const ErrorCode& error, std::size_t) {
                            if (error) return receiveFailed(error);
                            handle();
                          }));
}

void Connection::receiveFailed(const ErrorCode& error) {
  const auto& settings = shared_.settings;
  static const auto& httpCategory = make_error_code(beast::http::error::bad_method).category();
  if (timedOut_) return refuseRequest(408, "the request was not complete in time");
  if (error == beast::http::error::header_limit) {
    // Beast sets the target as soon as the request line is complete.
    if (parser_->get().target().empty()) {
      return refuseRequest(414,
                           fmt::format("the request line is longer than {} bytes", settings.maxHeaderBytes));
    }
    return refuseRequest(431,
                         fmt::format("the request head is longer than {} bytes", settings.maxHeaderBytes));
  }
  if (error == beast::http::error::body_limit) {
    return refuseRequest(413, fmt::format("the message is longer than {} bytes", settings.maxBodyBytes));
  }
  if (error == beast::http::error::bad_version)
    return refuseRequest(505, "the versions understood are HTTP/1.0 and 1.1");
  if (error == beast::http::error::partial_message || error == beast::http::error::end_of_stream)
    return close();
  if (error.category() == httpCategory) return refuseRequest(400, "not well-formed HTTP: " + error.message());
  close();
}

void Connection::refuseRequest(int status, std::string_view text) {
  keepAlive_ = false;
  answer(textResponse(status, text));
}

void Connection::handle() {
  enter(Phase::Handling);
  deadline_.cancel();
  request_.body = std::move(parser_->get().body());
  parser_.reset();
  if (!shared_.workers.submit([self = shared_from_this()] { self->handleOnWorker(); })) {
    answer(textResponse(503, "too many messages are waiting; ask again later"));
  }
}

void Connection::handleOnWorker() {
  Response response;
  try {
    response = resource_->answer(request_);
  } catch (const std::exception& error) {
    spdlog::error("{}: a message was not handled: {}", resource_->path(), error.what());
    response = textResponse(500, "the message was not handled; the log says why");
  }
  asio::post(shared_.io,
             handler([this, response = std::move(response)]() mutable { answer(std::move(response)); }));
}

void Connection::answer(Response response) {
  enter(Phase::Answering);
  within(shared_.settings.writeTimeout);
  request_ = {};
  keepAlive_ = keepAlive_ && !shared_.stopping;
  if (response.status >= 400 && response.status != 500) {  // what broke inside has a log line of its own
    spdlog::debug("HTTP {}: {}", response.status, printable(response.body));
  }

  auto& raw = response_.emplace();
  raw.version(version_);
  raw.result(static_cast<unsigned>(response.status));
  raw.set(beast::http::field::content_type, response.contentType);
  if (!response.allow.empty()) raw.set(beast::http::field::allow, response.allow);
  if (response.status == 503) raw.set(beast::http::field::retry_after, "1");
  raw.keep_alive(keepAlive_);
  raw.content_length(response.body.size());
  if (!headOnly_) raw.body() = std::move(response.body);

  unsentBytes_ = raw.body().size();
  shared_.unsentBytes += unsentBytes_;
  while (shared_.unsentBytes > shared_.settings.maxUnsentBytes) {
    const auto slowest = shared_.connections.oldest(Phase::Answering);
    if (slowest.get() == this) break;
    spdlog::warn(
        "more than {} bytes of answers are not read; cutting off the client that has been reading longest",
        shared_.settings.maxUnsentBytes);
    slowest->abort();
  }
  beast::http::async_write(stream_, raw, handler([this](const ErrorCode& error, std::size_t) {
                             if (error) return close();
                             onAnswered();
                           }));
}

void Connection::onAnswered() {
  response_.reset();
  shared_.unsentBytes -= std::exchange(unsentBytes_, 0);
  if (keepAlive_) {
    // A stop that began since then treats it like any other idle connection.
    return shared_.stopping ? close() : awaitRequest(shared_.settings.idleTimeout);
  }
  ErrorCode ignored;
  stream_.shutdown(Stream::shutdown_send, ignored);
  enter(Phase::Closing);
  within(shared_.settings.closeTimeout);
  awaitClose();
}

/// Reads until the client closes: closing with bytes unread would reset the connection, and the answer might
/// be lost with it (RFC 9112 section 9.6).
void Connection::awaitClose() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(kReadBytes), handler([this](const ErrorCode& error, std::size_t) {
                            if (error) return close();
                            awaitClose();
                          }));
}

}  // namespace vbs::http
