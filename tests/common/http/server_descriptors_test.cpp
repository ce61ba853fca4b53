#include <gtest/gtest.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "common/http/client.h"
#include "common/http/server_fixture.h"

namespace vbs::http {
namespace {

/// How many sockets a program that is started now finds open.
int socketsOfAChild() {
  const std::unique_ptr<FILE, int (*)(FILE*)> child(::popen("ls -l /proc/self/fd", "r"), &::pclose);
  int sockets = 0;
  std::array<char, 4096> line{};
  while (std::fgets(line.data(), line.size(), child.get()) != nullptr) {
    if (std::string(line.data()).find("socket:") != std::string::npos) ++sockets;
  }
  return sockets;
}

TEST_F(ServerTest, ChildrenInheritNoneOfItsSockets) {
  const int before = socketsOfAChild();
  start();
  Client client(server->url() + "/vbs");
  EXPECT_EQ(client.post(kXml, "x", {}).body, "x");
  EXPECT_EQ(socketsOfAChild(), before);
}

/// Tells the first warning.
class WarningSink : public spdlog::sinks::base_sink<std::mutex> {
public:
  std::future<std::string> warning() { return warning_.get_future(); }

private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (message.level == spdlog::level::warn && !std::exchange(told_, true)) {
      warning_.set_value({message.payload.data(), message.payload.size()});
    }
  }
  void flush_() override {}

  std::promise<std::string> warning_;
  bool told_ = false;
};

TEST_F(ServerTest, WaitsForDescriptorsWhenThereAreNone) {
  const auto sink = std::make_shared<WarningSink>();
  auto warning = sink->warning();
  const auto logger = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
  start();

  Socket client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  // The lowest free descriptor is past the limit now.
  const int next = ::dup(client.descriptor());
  ::close(next);
  const rlimit none{static_cast<rlim_t>(next), limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  client.connectNow(server->port());
  client.send(post("patient"));
  const auto text = warning.get();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);

  EXPECT_NE(text.find("Too many open files"), std::string::npos) << text;
  EXPECT_EQ(client.receiveAnswer().body, "patient");
  server.reset();  // nobody else may log while the logger is changed
  spdlog::set_default_logger(logger);
}

}  // namespace
}  // namespace vbs::http
