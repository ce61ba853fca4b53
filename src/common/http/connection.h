#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/connection_table.h"
#include "common/http/message.h"
#include "common/http/public_address.h"
#include "common/http/router.h"
#include "common/http/server.h"
#include "common/http/worker_pool.h"

namespace vbs::http {

/// The bytes of a server's connection. TLS goes here: an ssl::stream around the socket.
using Stream = boost::asio::ip::tcp::socket;

/// What the connections of one server share. Network thread only, but for `io` and `workers`.
struct SharedState {
  boost::asio::io_context& io;
  const ServerSettings& settings;
  const Router& router;
  const PublicAddress& address;
  WorkerPool& workers;
  ConnectionTable connections;
  std::size_t refused = 0;      ///< connections that are only told that there are too many
  std::size_t unsentBytes = 0;  ///< of all answers that are going out
  bool stopping = false;
  std::function<void()> onClosed;  ///< called after a connection has left
};

/// One client's connection: reads a request, has it answered, and so on until one side ends it. Each phase
/// has a deadline, and nothing the client sends extends it. Only while a message is being handled there is no
/// deadline, and nothing is read. Network thread only.
class Connection : public std::enable_shared_from_this<Connection> {
public:
  Connection(Stream stream, SharedState& shared);

  /// Begins with the first request.
  void serve();
  /// Answers without reading anything, then closes.
  void refuse(const Response& response);
  /// At once. A connection that has been closed does nothing any more.
  void close();

  Phase phase() const { return place_.first; }

private:
  using ErrorCode = boost::system::error_code;

  void awaitRequest(std::chrono::milliseconds limit);
  void beginHead();
  void parseHead();
  void onHead();
  void readBody();
  void handle();
  void handleOnWorker();
  void receiveFailed(const ErrorCode& error);
  void refuseRequest(int status, std::string_view text);
  void answer(Response response);
  void onAnswered();
  void awaitClose();
  void abort();

  void enter(Phase phase);
  void within(std::chrono::milliseconds limit);
  void arm(std::chrono::milliseconds limit);
  void onDeadline();
  bool isOpen() const { return open_; }

  /// `action` as a completion handler: not called once the connection is closed, an exception closes it.
  template <class Action>
  auto handler(Action action);

  Stream stream_;
  SharedState& shared_;
  boost::asio::steady_timer deadline_;
  ConnectionTable::Place place_;
  bool open_ = true;
  bool refused_ = false;
  bool timedOut_ = false;  ///< the deadline cancelled what is being received

  boost::beast::flat_buffer buffer_;  ///< bytes received and not used yet

  // The request being received or answered.
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  std::size_t headBytes_ = 0;
  unsigned version_ = 11;
  bool keepAlive_ = false;
  bool headOnly_ = false;  ///< HEAD: the answer has no body
  // These two belong to the worker while the phase is Handling.
  Resource* resource_ = nullptr;
  Request request_;

  std::optional<boost::beast::http::response<boost::beast::http::string_body>> response_;
  std::size_t unsentBytes_ = 0;
};

}  // namespace vbs::http
