#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/http/server_fixture.h"

namespace vbs::http {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

/// An endpoint that holds the messages "held" until release().
class ServerStop : public ServerTest {
public:
  ServerStop() {
    settings.headerTimeout = settings.bodyTimeout = settings.writeTimeout = settings.idleTimeout =
        settings.closeTimeout = hours(1);
    resource = FakeResource([this](const Request& request) {
      ++begunMessages;
      if (request.body == "held") {
        begun_.set_value();
        released_.wait();
      }
      return FakeResource::echo(request);
    });
  }
  ~ServerStop() override {
    release();
    server.reset();  // its handlers use this object
  }
  ServerStop(const ServerStop&) = delete;
  ServerStop& operator=(const ServerStop&) = delete;

  Socket beginHeldMessage() {
    auto client = connect();
    client.send(post("held"));
    begun_.get_future().wait();
    return client;
  }
  void release() {
    if (!std::exchange(isReleased_, true)) release_.set_value();
  }

  std::atomic<int> begunMessages = 0;

private:
  std::promise<void> begun_;
  std::promise<void> release_;
  std::shared_future<void> released_ = release_.get_future().share();
  bool isReleased_ = false;
};

TEST_F(ServerStop, ClosesIdleAndStalledConnectionsAtOnce) {
  start();
  auto silent = connect();
  auto kept = connect();
  kept.send(post("x"));
  kept.receiveAnswer();
  auto inHead = connect();
  inHead.send("POST /vb");
  auto inBody = connect();
  inBody.send(request("POST", "/vbs", "Expect: 100-continue\r\nContent-Length: 4\r\n"));
  EXPECT_EQ(inBody.receiveAnswer().status, 100);
  server->stop(hours(1));
  for (auto* client : {&silent, &kept, &inHead, &inBody}) EXPECT_TRUE(client->isEnded());
  EXPECT_THROW(connect(), std::runtime_error);
}

TEST_F(ServerStop, LetsAMessageFinishAndBeAnswered) {
  start();
  auto idle = connect();
  auto client = beginHeldMessage();
  std::thread stopper([&] { server->stop(hours(1)); });
  EXPECT_TRUE(idle.isEnded());  // the stop has begun
  release();
  const auto answer = client.receiveAnswer();
  EXPECT_EQ(answer.body, "held");
  EXPECT_EQ(answer.fields.at("connection"), "close");
  client.close();
  stopper.join();
}

TEST_F(ServerStop, FinishesMessagesThatWaitForAWorker) {
  settings.workers = settings.maxQueuedMessages = 1;
  start();
  auto client = beginHeldMessage();
  auto [waiting, refused] = queueMessage("waits");
  refused.receiveAnswer();
  std::thread stopper([&] { server->stop(hours(1)); });
  EXPECT_TRUE(refused.isEnded());  // idle now: the stop has begun
  release();
  EXPECT_EQ(client.receiveAnswer().body, "held");
  EXPECT_EQ(waiting.receiveAnswer().body, "waits");
  client.close();
  waiting.close();
  stopper.join();
}

TEST_F(ServerStop, ReturnsWhenTheGraceIsOverAlthoughAMessageIsNot) {
  start();
  auto client = beginHeldMessage();
  server->stop(milliseconds(20));
  EXPECT_TRUE(client.isEnded());
  release();
  server.reset();  // waits for the handler
}

TEST_F(ServerStop, DropsWaitingMessagesWhenTheGraceIsOver) {
  settings.workers = settings.maxQueuedMessages = 1;
  start();
  auto client = beginHeldMessage();
  auto [waiting, refused] = queueMessage("waits");
  server->stop(milliseconds(0));
  EXPECT_TRUE(waiting.isEnded());
  release();
  server.reset();  // waits for the handler
  EXPECT_EQ(begunMessages, 1);
}

TEST_F(ServerStop, DoesNotWaitPastTheGraceForAClientThatDoesNotRead) {
  resource = FakeResource([](const Request&) {
    return Response{200, "text/xml", std::string(32UL * 1024 * 1024, 'x')};
  });
  start();
  auto client = connect();
  client.send(post(""));
  client.receiveUntil("\r\n\r\n");
  server->stop(milliseconds(20));
  EXPECT_LT(client.receiveAll().size(), 32UL * 1024 * 1024);
}

TEST_F(ServerStop, MayBeAskedForByManyAndAgain) {
  start();
  auto client = beginHeldMessage();
  std::vector<std::thread> stoppers;
  stoppers.reserve(8);
  for (int i = 0; i < 8; ++i) stoppers.emplace_back([&] { server->stop(hours(1)); });
  server->stop(milliseconds(20));  // the shortest grace counts, or this would take an hour
  for (auto& stopper : stoppers) stopper.join();
  server->stop(hours(1));
}

TEST_F(ServerStop, FreesThePort) {
  start();
  auto client = connect();
  client.send(post("x"));
  client.receiveAnswer();
  settings.port = server->port();
  server.reset();
  start();
  expectServes();
}

}  // namespace
}  // namespace vbs::http
