#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/health_resource.h"
#include "common/http/readiness_resource.h"
#include "common/http/server.h"
#include "common/http/socket.h"
#include "fakes/fake_resource.h"

namespace vbs::http {

using fakes::FakeResource;

/// The headers of a message that a test sends.
inline const Headers kXml{{"Content-Type", "text/xml"}};

/// A running server that echoes at /vbs. A test changes `settings` and `resource` before it calls start().
class ServerTest : public testing::Test {
public:
  void start() {
    server = std::make_unique<Server>(settings, std::vector<Resource*>{&health, &readiness, &resource});
  }

  Socket connect() const { return Socket::connectTo(server->port()); }

  static std::string request(std::string_view method, std::string_view target, std::string_view fields = {},
                             std::string_view body = {}) {
    std::string text(method);
    text.append(" ").append(target).append(" HTTP/1.1\r\nHost: vbs.example:8080\r\n").append(fields);
    return text.append("\r\n").append(body);
  }

  static std::string post(std::string_view body) {
    return request("POST", "/vbs",
                   "Content-Type: text/xml\r\nContent-Length: " + std::to_string(body.size()) + "\r\n", body);
  }

  RawAnswer ask(std::string_view bytes) const {
    auto client = connect();
    client.send(bytes);
    return client.receiveAnswer();
  }

  void expectServes() const { EXPECT_EQ(ask(post("still there")).body, "still there"); }

  struct QueuedMessage {
    Socket waiting;
    Socket refused;  ///< has its answer to read
  };

  /// While the only worker is taken and one message may wait: sends two, so that once the one is refused, the
  /// other is certain to wait.
  QueuedMessage queueMessage(std::string_view body) const {
    auto first = connect();
    auto second = connect();
    first.send(post(body));
    second.send(post(body));
    std::array<pollfd, 2> entries{{{first.descriptor(), POLLIN, 0}, {second.descriptor(), POLLIN, 0}}};
    if (::poll(entries.data(), entries.size(), 60'000) != 1)
      throw std::runtime_error("not just one was refused");
    if (entries[0].revents != 0) std::swap(first, second);
    return {std::move(first), std::move(second)};
  }

  ServerSettings settings;
  FakeResource resource;
  std::vector<Complaint> complaints;  ///< to be changed before start() only
  HealthResource health;
  ReadinessResource readiness{[this] { return complaints; }};
  std::unique_ptr<Server> server;
};

}  // namespace vbs::http
