#include "common/http/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <exception>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/http/server_fixture.h"
#include "common/http/socket.h"
#include "common/model/error.h"

namespace vbs::http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

std::string answer(std::string_view body, std::string_view fields = {}) {
  std::string text = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n";
  text.append(fields).append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return text.append(body);
}

/// A server that does, connection by connection, what a test says.
class ClientTest : public testing::Test {
public:
  using Script = std::function<void(Socket&)>;

  /// One script for each connection, in their order; the connection is closed when its script ends.
  void serve(std::vector<Script> scripts) {
    thread_ = std::thread([this, scripts = std::move(scripts)] {
      for (const auto& script : scripts) {
        try {
          auto connection = listener.accept();
          script(connection);
        } catch (const std::exception& error) {
          ADD_FAILURE() << error.what();
        }
      }
    });
  }
  ~ClientTest() override {
    if (thread_.joinable()) thread_.join();
  }
  ClientTest() = default;
  ClientTest(const ClientTest&) = delete;
  ClientTest& operator=(const ClientTest&) = delete;

  static std::string receive(Socket& connection) {
    std::string head;
    return connection.receiveMessage(head);
  }

  Response post(const std::string& body, milliseconds call = std::chrono::minutes(1)) {
    return client->post({{"Content-Type", "text/xml"}, {"SOAPAction", "\"urn:action\""}}, body,
                        {.connect = std::chrono::minutes(1), .call = call});
  }

  /// The error of a call.
  Error failure(const std::string& body, milliseconds call = std::chrono::minutes(1)) {
    try {
      post(body, call);
    } catch (const Error& error) {
      return error;
    }
    throw std::runtime_error("the call succeeded");
  }

  ListeningSocket listener;
  std::string url = "http://127.0.0.1:" + std::to_string(listener.port()) + "/vbs";
  std::optional<Client> client{url};

private:
  std::thread thread_;
};

TEST_F(ClientTest, SendsAMessageAndReceivesTheAnswer) {
  std::string head;
  serve({[&](Socket& connection) {
    EXPECT_EQ(connection.receiveMessage(head), "<message/>");
    connection.send(
        "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/xml; a=b\r\nContent-Length: "
        "8\r\n\r\n<fault/>");
  }});
  const auto reply = post("<message/>");
  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.contentType, "text/xml; a=b");
  EXPECT_EQ(reply.body, "<fault/>");
  EXPECT_THAT(head, StartsWith("POST /vbs HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nHost: 127.0.0.1:" + std::to_string(listener.port()) + "\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nContent-Type: text/xml\r\n"));
  EXPECT_THAT(head, HasSubstr("\r\nSOAPAction: \"urn:action\"\r\n"));
}

TEST_F(ClientTest, UsesAConnectionAgain) {
  serve({[&](Socket& connection) {
    for (int i = 0; i < 3; ++i) connection.send(answer(receive(connection)));
  }});
  for (const std::string body : {"one", "two", "three"}) EXPECT_EQ(post(body).body, body);
}

TEST_F(ClientTest, OpensANewConnectionWhenTheServerWillCloseOrHasClosedTheOldOne) {
  serve({[&](Socket& connection) { connection.send(answer(receive(connection), "Connection: close\r\n")); },
         [&](Socket& connection) { connection.send(answer(receive(connection))); },
         [&](Socket& connection) { connection.send(answer(receive(connection))); }});
  for (const std::string body : {"one", "two", "three"}) EXPECT_EQ(post(body).body, body);
}

TEST_F(ClientTest, SendsAMessageAgainWhenAKeptConnectionClosesWithoutAnAnswer) {
  serve({[&](Socket& connection) {
           connection.send(answer(receive(connection)));
           EXPECT_EQ(receive(connection), "two");
         },
         [&](Socket& connection) { connection.send(answer(receive(connection))); }});
  EXPECT_FALSE(post("one").isOfARepeat);
  const auto reply = post("two");
  EXPECT_EQ(reply.body, "two");
  EXPECT_TRUE(reply.isOfARepeat);
}

TEST_F(ClientTest, SendsAMessageOnlyOnceOnANewConnection) {
  serve({[&](Socket& connection) { EXPECT_EQ(receive(connection), "one"); }});
  const auto error = failure("one");
  EXPECT_EQ(error.code(), ErrorCode::DelegateUnreachable);
  EXPECT_EQ(error.what(),
            url + ": the connection was closed without an answer; the message may have been handled");
  EXPECT_FALSE(listener.hasCaller());
}

TEST_F(ClientTest, DoesNotRepeatAMessageOnceTheAnswerHasBegun) {
  serve({[&](Socket& connection) {
    connection.send(answer(receive(connection)));
    receive(connection);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  }});
  post("one");
  const auto error = failure("two");
  EXPECT_EQ(error.code(), ErrorCode::DelegateUnreachable);
  EXPECT_THAT(error.what(), HasSubstr("closed in the middle of the answer"));
  EXPECT_FALSE(listener.hasCaller());
}

TEST_F(ClientTest, GivesUpOnAServerThatNeverAnswers) {
  std::promise<void> done;
  serve({[&](Socket& connection) {
    connection.send(answer(receive(connection)));
    receive(connection);
    done.get_future().wait();
  }});
  post("one");
  const auto error = failure("two", milliseconds(50));
  EXPECT_EQ(error.code(), ErrorCode::Timeout);
  EXPECT_EQ(error.what(),
            url + ": no complete answer within 0.05 s; the message may have been handled, or still be");
  EXPECT_FALSE(listener.hasCaller());
  done.set_value();
}

TEST_F(ClientTest, GivesUpOnAServerWhoseHostLostItsPowerAndIsBack) {
  std::promise<bool> permitted;
  serve({[&](Socket& connection) {
    receive(connection);
    permitted.set_value(connection.vanish());
  }});
  const auto error = failure("one");
  if (!permitted.get_future().get()) GTEST_SKIP() << "a connection that vanishes needs CAP_NET_ADMIN";
  EXPECT_EQ(error.code(), ErrorCode::DelegateUnreachable);  // and not Timeout, a minute later
  EXPECT_THAT(error.what(), HasSubstr("the message may have been handled"));
}

TEST_F(ClientTest, RefusesAnAnswerThatIsTooLong) {
  serve({[&](Socket& connection) {
    receive(connection);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n");
    connection.receiveAll();
  }});
  EXPECT_THAT(failure("one").what(), HasSubstr("the answer is longer than 64 MiB"));
}

TEST_F(ClientTest, GivesUpOnAServerThatDripsForEver) {
  serve({[&](Socket& connection) {
    receive(connection);
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 60000000\r\n\r\n");
    while (connection.send("x")) std::this_thread::yield();
  }});
  EXPECT_EQ(failure("one", milliseconds(100)).code(), ErrorCode::Timeout);
}

TEST_F(ClientTest, GivesUpOnAServerThatDoesNotReadTheMessage) {
  std::promise<void> done;
  serve({[&](Socket&) { done.get_future().wait(); }});
  EXPECT_EQ(failure(std::string(64UL * 1024 * 1024, 'x'), milliseconds(100)).code(), ErrorCode::Timeout);
  done.set_value();
}

TEST_F(ClientTest, DoesNotTakeJustAnythingForAnAnswer) {
  const std::vector<std::string> answers{"220 mail.example ESMTP\r\n\r\n",
                                         "\x15\x03\x01\x01\x02\x02\x46 a TLS alert",
                                         "HTTP/1.1 abc\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
                                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
                                         "HTTP/1.1 200 OK\r\nA: " + std::string(100'000, 'a')};
  std::vector<Script> scripts;
  scripts.reserve(answers.size());
  for (const auto& text : answers) {
    scripts.emplace_back([text](Socket& connection) {
      receive(connection);
      connection.send(text);
      connection.receiveAll();
    });
  }
  serve(scripts);
  for (const auto& text : answers) {
    const auto error = failure("x");
    EXPECT_EQ(error.code(), ErrorCode::DelegateUnreachable) << text;
    EXPECT_THAT(error.what(), HasSubstr("does not speak HTTP")) << text;
  }
}

TEST_F(ClientTest, DoesNotUseAConnectionAgainThatHoldsMoreThanTheAnswer) {
  serve({[&](Socket& connection) {
           connection.send(answer(receive(connection)) + answer("stray"));
           connection.receiveAll();
         },
         [&](Socket& connection) { connection.send(answer(receive(connection))); }});
  EXPECT_EQ(post("one").body, "one");
  EXPECT_EQ(post("two").body, "two");
}

TEST_F(ClientTest, UnderstandsChunksInterimAnswersAndAnswersUntilTheEnd) {
  serve({[&](Socket& connection) {
           receive(connection);
           connection.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n");
           connection.send(
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
           receive(connection);
           connection.send(answer("kept"));
         },
         [&](Socket& connection) {
           receive(connection);
           connection.send("HTTP/1.0 200 OK\r\n\r\nuntil the end");
         }});
  EXPECT_EQ(post("x").body, "abcde");
  EXPECT_EQ(post("x").body, "kept");
  EXPECT_EQ(post("x").body, "until the end");
}

TEST_F(ClientTest, NamesTheUrlAndTheReasonWhenNobodyListens) {
  listener.close();
  const auto error = failure("x");
  EXPECT_EQ(error.code(), ErrorCode::DelegateUnreachable);
  EXPECT_THAT(error.what(), StartsWith(url + ": Connection refused"));
}

TEST_F(ClientTest, TriesEveryAddressOfAName) {
  client.emplace("http://localhost:" + std::to_string(listener.port()) + "/");
  serve({[&](Socket& connection) { connection.send(answer(receive(connection))); }});
  EXPECT_EQ(post("x").body, "x");
}

TEST_F(ClientTest, SaysWhichNameCannotBeLookedUp) {
  client.emplace("http://no..name/");
  const auto error = failure("x");
  EXPECT_EQ(error.code(), ErrorCode::DelegateUnreachable);
  EXPECT_THAT(error.what(), StartsWith("http://no..name/: cannot look up the host \"no..name\": "));
}

TEST(ClientConnect, GivesUpOnAHostThatDoesNotAnswer) {
  // A listener that accepts nothing and whose queue is full: the system ignores further connections.
  const ListeningSocket full(0);
  std::vector<Socket> queued;
  for (int i = 0; i < 4; ++i) {
    queued.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    try {
      queued.back().connectNow(full.port());
    } catch (const std::runtime_error&) {  // in progress
    }
  }
  Client client("http://127.0.0.1:" + std::to_string(full.port()) + "/vbs");
  try {
    client.post(kXml, "x", {.connect = milliseconds(50)});
    FAIL() << "it connected";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::DelegateUnreachable);
    EXPECT_THAT(error.what(), HasSubstr("no answer within 0.05 s"));
  }
}

TEST(Client, RefusesAUrlThatIsNone) {
  EXPECT_THROW(Client("127.0.0.1:8080"), Error);
}

TEST_F(ServerTest, ServesManyThreadsOfOneClient) {
  settings.workers = 4;
  start();
  Client client(server->url() + "/vbs");
  std::vector<std::thread> threads;
  threads.reserve(64);
  for (int t = 0; t < 64; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const auto body = std::to_string(t) + "/" + std::to_string(i);
        EXPECT_EQ(client.post(kXml, body, {}).body, body);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_F(ServerTest, DeliversABigAnswer) {
  const std::string big(20UL * 1024 * 1024, 'x');
  resource = FakeResource([&](const Request&) { return Response{200, "text/xml", big}; });
  start();
  Client client(server->url() + "/vbs");
  EXPECT_TRUE(client.post(kXml, "x", {}).body == big);
}

TEST_F(ServerTest, TellsItsClientWhyAMessageIsTooLong) {
  start();
  Client client(server->url() + "/vbs");
  const auto reply = client.post(kXml, std::string(32UL * 1024 * 1024, 'x'), {});
  EXPECT_EQ(reply.status, 413);
  EXPECT_THAT(reply.body, HasSubstr("longer than"));
}

TEST_F(ServerTest, IsFoundAgainAfterARestart) {
  start();
  Client client(server->url() + "/vbs");
  EXPECT_EQ(client.post(kXml, "one", {}).body, "one");
  settings.port = server->port();
  server.reset();
  start();
  EXPECT_EQ(client.post(kXml, "two", {}).body, "two");
}

}  // namespace
}  // namespace vbs::http
