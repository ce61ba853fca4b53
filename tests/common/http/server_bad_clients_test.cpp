// Clients that are slow, greedy or hostile hold no worker, no connection for long, and no memory without
// bound.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/http/server_fixture.h"

namespace vbs::http {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::HasSubstr;

class ServerWithBadClients : public ServerTest {
public:
  ServerWithBadClients() {
    settings.workers = 1;
    // A test that needs a deadline to pass shortens it; the others must not depend on one.
    settings.headerTimeout = settings.bodyTimeout = settings.writeTimeout = settings.idleTimeout =
        settings.closeTimeout = hours(1);
  }

  std::vector<Socket> crowd(int count, const std::string& bytes) const {
    std::vector<Socket> clients;
    for (int i = 0; i < count; ++i) {
      clients.push_back(connect());
      clients.back().send(bytes);
    }
    return clients;
  }

  std::string headOnly = request("POST", "/vbs", "Content-Length: 1000\r\n");
};

TEST_F(ServerWithBadClients, ServesOthersWhileManySayNothing) {
  start();
  const auto clients = crowd(200, "");
  expectServes();
}

TEST_F(ServerWithBadClients, ServesOthersWhileManyIdleAfterARequest) {
  start();
  auto clients = crowd(200, post("x"));
  for (auto& client : clients) EXPECT_EQ(client.receiveAnswer().body, "x");
  expectServes();
}

TEST_F(ServerWithBadClients, ServesOthersWhileManyStallInARequest) {
  start();
  const auto inHead = crowd(100, "POST /vbs HTTP/1.1\r\nHost:");
  const auto inBody = crowd(100, headOnly + "half of it");
  const auto inChunk = crowd(100, request("POST", "/vbs", "Transfer-Encoding: chunked\r\n", "5\r\nab"));
  expectServes();
}

TEST_F(ServerWithBadClients, ServesOthersWhileManyDoNotReadTheirAnswers) {
  resource = FakeResource([](const Request& request) {
    return request.body == "big" ? Response{200, "text/xml", std::string(16UL * 1024 * 1024, 'x')}
                                 : FakeResource::echo(request);
  });
  start();
  auto first = connect();
  first.send(post("big"));
  auto second = connect();
  second.send(post("big"));
  first.receiveUntil("\r\n\r\n");  // their answers are on the way
  second.receiveUntil("\r\n\r\n");
  expectServes();
}

TEST_F(ServerWithBadClients, EndsAConnectionThatNeverSaysAnything) {
  settings.headerTimeout = milliseconds(50);
  start();
  EXPECT_TRUE(connect().isEnded());
}

TEST_F(ServerWithBadClients, EndsAConnectionThatIdlesTooLong) {
  settings.idleTimeout = milliseconds(50);
  start();
  auto client = connect();
  client.send(post("x"));
  EXPECT_EQ(client.receiveAnswer().body, "x");
  EXPECT_TRUE(client.isEnded());
}

TEST_F(ServerWithBadClients, EndsAHeadThatStalls) {
  settings.headerTimeout = milliseconds(50);
  start();
  auto client = connect();
  client.send("POST /vbs HTTP/1.1\r\nHo");
  EXPECT_EQ(client.receiveAnswer().status, 408);
  EXPECT_TRUE(client.isEnded());
}

TEST_F(ServerWithBadClients, EndsABodyThatStalls) {
  settings.bodyTimeout = milliseconds(50);
  start();
  auto client = connect();
  client.send(headOnly + "half");
  EXPECT_EQ(client.receiveAnswer().status, 408);
  EXPECT_TRUE(client.isEnded());
}

TEST_F(ServerWithBadClients, EndsABodyThatWasInvitedAndDoesNotCome) {
  settings.bodyTimeout = milliseconds(50);
  start();
  auto client = connect();
  client.send(request("POST", "/vbs", "Expect: 100-continue\r\nContent-Length: 4\r\n"));
  EXPECT_EQ(client.receiveAnswer().status, 100);
  EXPECT_EQ(client.receiveAnswer().status, 408);
}

// A drip: each byte comes well in time, the whole would take for ever.
TEST_F(ServerWithBadClients, EndsADripThatNeverEnds) {
  settings.headerTimeout = settings.bodyTimeout = settings.closeTimeout = milliseconds(100);
  settings.maxHeaderBytes = 1024UL * 1024;
  settings.maxBodyBytes = std::size_t{1} << 30U;
  start();
  for (const auto& [begin, drop] :
       {std::pair<std::string, std::string>{"GET / HTTP/1.1\r\n", "A: b\r\n"},
        {"GET / HTTP/1.1\r\nA: ", "b"},
        {request("POST", "/vbs", "Content-Length: 1000000000\r\n"), "x"},
        {request("POST", "/vbs", "Transfer-Encoding: chunked\r\n"), "1\r\nx\r\n"}}) {
    auto client = connect();
    client.send(begin);
    std::thread drip([&, drop = drop] {
      while (client.send(drop)) std::this_thread::yield();
    });
    // Until the server has closed for good; what it says before may be lost with the reset that follows.
    drip.join();
  }
  expectServes();
}

TEST_F(ServerWithBadClients, CutsOffAClientThatDoesNotReadItsAnswer) {
  settings.writeTimeout = milliseconds(50);
  const std::string big(32UL * 1024 * 1024, 'x');
  resource = FakeResource([&](const Request&) { return Response{200, "text/xml", big}; });
  start();
  auto client = connect();
  client.send(post(""));
  pollfd hangUp{client.descriptor(), POLLRDHUP, 0};
  ASSERT_EQ(::poll(&hangUp, 1, 60'000), 1);
  EXPECT_LT(client.receiveAll().size(), big.size());
}

TEST_F(ServerWithBadClients, CutsOffTheSlowestReaderWhenTooMuchIsUnread) {
  settings.workers = 2;
  settings.maxUnsentBytes = 48UL * 1024 * 1024;
  const std::string big(32UL * 1024 * 1024, 'x');
  resource = FakeResource([&](const Request&) { return Response{200, "text/xml", big}; });
  start();
  auto slow = connect();
  slow.send(post(""));
  slow.receiveUntil("\r\n\r\n");
  auto good = connect();
  good.send(post(""));
  EXPECT_EQ(good.receiveAnswer().body.size(), big.size());
  EXPECT_LT(slow.receiveAll().size(), big.size());
}

TEST_F(ServerWithBadClients, RefusesARequestLineWithoutEnd) {
  start();
  EXPECT_EQ(ask("GET /" + std::string(settings.maxHeaderBytes, 'a')).status, 414);
  EXPECT_EQ(ask(std::string(settings.maxHeaderBytes + 1, 'A')).status, 414);
}

TEST_F(ServerWithBadClients, RefusesAHeadWithoutEnd) {
  start();
  const std::string line = "GET /healthz HTTP/1.1\r\n";
  EXPECT_EQ(ask(line + "A: " + std::string(settings.maxHeaderBytes, 'a')).status, 431);
  EXPECT_EQ(ask(line + "A: " + std::string(settings.maxHeaderBytes, 'a') + "\r\n\r\n").status, 431);

  // Line by line, each complete: no piece of it is long.
  auto client = connect();
  client.send(line);
  std::thread sender([&] {
    while (client.send("A: b\r\n")) {
    }
  });
  EXPECT_EQ(client.receiveAnswer().status, 431);
  server.reset();  // ends the sender, too
  sender.join();
}

TEST_F(ServerWithBadClients, RefusesAHeadOfTwoPartsThatAreTooLongTogether) {
  settings.maxHeaderBytes = 512;
  start();
  const std::string part(400, 'a');
  EXPECT_EQ(ask(request("GET", "/" + part, "A: " + part + "\r\n")).status, 431);
}

TEST_F(ServerWithBadClients, AcceptsAHeadOfJustTheLimit) {
  start();
  auto text = request("GET", "/healthz", "A: \r\n");
  text.insert(text.size() - 4, settings.maxHeaderBytes - text.size(), 'a');
  ASSERT_EQ(text.size(), settings.maxHeaderBytes);
  EXPECT_EQ(ask(text).status, 200);
}

TEST_F(ServerWithBadClients, DeliversItsRefusalWhileTheClientStillSends) {
  start();
  auto client = connect();
  // More than the buffers of both sides hold, so that the client sends long after the refusal.
  ASSERT_TRUE(client.send(
      request("POST", "/vbs", "Content-Length: 33554432\r\n", std::string(32UL * 1024 * 1024, 'x'))));
  const auto answer = client.receiveAnswer();
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.fields.at("connection"), "close");
  EXPECT_TRUE(client.isEnded());
}

TEST_F(ServerWithBadClients, RefusesAChunkHeaderOrTrailerWithoutEnd) {
  start();
  const auto head = request("POST", "/vbs", "Transfer-Encoding: chunked\r\n");
  EXPECT_EQ(ask(head + "1;" + std::string(200'000, 'a')).status, 400);
  EXPECT_EQ(ask(head + "0\r\nA: " + std::string(200'000, 'a')).status, 400);
}

TEST_F(ServerWithBadClients, ReadsNothingMoreWhileAMessageIsHandled) {
  std::promise<void> go;
  resource = FakeResource([released = go.get_future().share()](const Request&) {
    released.wait();
    return Response{200, "text/xml", "done"};
  });
  start();
  auto client = connect();
  client.send(post(""));
  // Far more than the socket buffers hold: it all goes out only if the server reads on.
  const std::string piece(1024UL * 1024, 'x');
  std::size_t sent = 0;
  pollfd writable{client.descriptor(), POLLOUT, 0};
  while (sent < 64 * piece.size() && ::poll(&writable, 1, 300) == 1) {
    const auto bytes = ::send(client.descriptor(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (bytes > 0) sent += static_cast<std::size_t>(bytes);
  }
  EXPECT_LT(sent, 64 * piece.size());
  go.set_value();
  EXPECT_EQ(client.receiveAnswer().body, "done");
}

TEST_F(ServerWithBadClients, AnswersBusyWhenTooManyMessagesWait) {
  settings.maxQueuedMessages = 1;
  std::promise<void> begun;
  std::promise<void> go;
  resource = FakeResource([&, released = go.get_future().share()](const Request& request) {
    if (request.body == "first") begun.set_value();
    released.wait();
    return FakeResource::echo(request);
  });
  start();
  auto first = connect();
  first.send(post("first"));
  begun.get_future().wait();
  auto [waiting, refused] = queueMessage("waits");
  const auto answer = refused.receiveAnswer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.fields.at("retry-after"), "1");
  EXPECT_THAT(answer.body, HasSubstr("too many messages"));
  // A health check needs no worker.
  EXPECT_EQ(ask(request("GET", "/healthz")).status, 200);
  go.set_value();
  EXPECT_EQ(first.receiveAnswer().body, "first");
  EXPECT_EQ(waiting.receiveAnswer().body, "waits");
  refused.send(post("again"));
  EXPECT_EQ(refused.receiveAnswer().body, "again");
}

TEST_F(ServerWithBadClients, MakesRoomByClosingTheConnectionThatIdledLongest) {
  settings.maxConnections = 2;
  start();
  auto oldest = connect();
  oldest.send(post("x"));
  oldest.receiveAnswer();
  auto newer = connect();
  newer.send(post("x"));
  newer.receiveAnswer();
  expectServes();
  EXPECT_TRUE(oldest.isEnded());
  newer.send(post("still here"));
  EXPECT_EQ(newer.receiveAnswer().body, "still here");
}

TEST_F(ServerWithBadClients, RefusesConnectionsWhenAllAreBusyAndTakesThemWhenOneEnds) {
  settings.maxConnections = 1;
  std::promise<void> begun;
  std::promise<void> go;
  resource = FakeResource([&, released = go.get_future().share()](const Request& request) {
    if (request.body == "busy") {
      begun.set_value();
      released.wait();
    }
    return FakeResource::echo(request);
  });
  start();
  auto busy = connect();
  busy.send(post("busy"));
  begun.get_future().wait();
  const auto answer = ask(post("refused"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.fields.at("retry-after"), "1");
  EXPECT_THAT(answer.body, HasSubstr("too many connections"));
  go.set_value();
  EXPECT_EQ(busy.receiveAnswer().body, "busy");
  expectServes();
}

TEST_F(ServerWithBadClients, ClosesAfterAWhileWhenTheClientDoesNot) {
  settings.closeTimeout = milliseconds(50);
  start();
  auto client = connect();
  client.send("nonsense\r\n\r\n");
  client.receiveAll();  // the server has closed its side, and now its other one: sending fails
  while (client.send("x")) std::this_thread::yield();
}

TEST_F(ServerWithBadClients, SurvivesNoise) {
  start();
  unsigned state = 1;
  for (int round = 0; round < 300; ++round) {
    auto text = post("<message/>");
    // A small linear congruential generator: the same noise in every run.
    for (int i = 0; i < 4; ++i) {
      state = state * 1664525U + 1013904223U;
      text[(state >> 8U) % text.size()] = static_cast<char>(state >> 24U);
    }
    auto client = connect();
    client.send(text);
    client.shutdownSend();
    client.receiveAll();
  }
  expectServes();
}

}  // namespace
}  // namespace vbs::http
