#include "common/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <string>

#include "common/http/server_fixture.h"
#include "common/model/error.h"

namespace vbs::http {
namespace {

using testing::HasSubstr;

TEST_F(ServerTest, HandsACompleteRequestToItsResource) {
  Request seen;
  resource = FakeResource([&](const Request& request) {
    seen = request;
    return Response{500, "application/soap+xml", "<fault/>"};
  });
  start();
  const auto answer =
      ask(request("POST", "/vbs", "Content-Type: text/xml; a=b\r\nContent-Length: 6\r\n", "<soap>"));
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.fields.at("content-type"), "application/soap+xml");
  EXPECT_EQ(answer.body, "<fault/>");
  EXPECT_EQ(seen.target.path, "/vbs");
  EXPECT_EQ(valueOf(seen.headers, "content-type"), "text/xml; a=b");
  EXPECT_EQ(seen.body, "<soap>");
}

TEST_F(ServerTest, KeepsAConnectionForTheNextRequest) {
  start();
  auto client = connect();
  for (const std::string body : {"one", "two", ""}) {
    client.send(post(body));
    EXPECT_EQ(client.receiveAnswer().body, body);
  }
}

TEST_F(ServerTest, ClosesWhenTheClientAsksForIt) {
  start();
  auto client = connect();
  client.send(request("POST", "/vbs", "Connection: close\r\nContent-Length: 1\r\n", "x"));
  EXPECT_EQ(client.receiveAnswer().fields.at("connection"), "close");
  EXPECT_TRUE(client.isEnded());
}

TEST_F(ServerTest, SpeaksHttp10) {
  start();
  auto client = connect();
  client.send("POST /vbs HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\none");
  const auto kept = client.receiveAnswer();
  EXPECT_EQ(kept.body, "one");
  EXPECT_EQ(kept.fields.at("connection"), "keep-alive");
  client.send("POST /vbs HTTP/1.0\r\nContent-Length: 3\r\n\r\ntwo");
  EXPECT_EQ(client.receiveAnswer().body, "two");
  EXPECT_TRUE(client.isEnded());
}

TEST_F(ServerTest, AnswersAClientThatHasClosedItsSide) {
  start();
  auto client = connect();
  client.send(post("last words"));
  client.shutdownSend();
  EXPECT_EQ(client.receiveAnswer().body, "last words");
}

TEST_F(ServerTest, PutsChunksTogether) {
  start();
  const auto answer = ask(request("POST", "/vbs", "Transfer-Encoding: chunked\r\n",
                                  "3\r\nabc\r\n2;name=value\r\nde\r\n0\r\nTrailer: x\r\n\r\n"));
  EXPECT_EQ(answer.body, "abcde");
}

TEST_F(ServerTest, UnderstandsWhatComesByteByByte) {
  start();
  auto client = connect();
  for (const auto& text : {post("slowly"), request("POST", "/vbs", "Transfer-Encoding: chunked\r\n",
                                                   "6\r\nslowly\r\n0\r\n\r\n")}) {
    for (const char byte : text) client.send({&byte, 1});
    EXPECT_EQ(client.receiveAnswer().body, "slowly");
  }
  for (const char byte : request("POST", "/vbs", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"))
    client.send({&byte, 1});
  EXPECT_EQ(client.receiveAnswer().body, "");
}

TEST_F(ServerTest, InvitesABodyThatWaitsForIt) {
  start();
  auto client = connect();
  client.send(request("POST", "/vbs", "Expect: 100-continue\r\nContent-Length: 4\r\n"));
  EXPECT_EQ(client.receiveAnswer().status, 100);
  client.send("body");
  EXPECT_EQ(client.receiveAnswer().body, "body");
}

TEST_F(ServerTest, InvitesNoBodyThatItWillRefuse) {
  start();
  EXPECT_EQ(ask(request("POST", "/vbs", "Expect: 100-continue\r\nContent-Length: 99999999\r\n")).status, 413);
  EXPECT_EQ(ask(request("POST", "/no", "Expect: 100-continue\r\nContent-Length: 4\r\n")).status, 404);
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  auto client = connect();
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += post("message " + std::to_string(i));
  client.send(requests);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.receiveAnswer().body, "message " + std::to_string(i));
}

TEST_F(ServerTest, KnowsTheAddressThatTheClientUsed) {
  start();
  const auto answer = ask(request("GET", "/vbs?site"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "http://vbs.example:8080\n");
  EXPECT_EQ(ask("GET /vbs?site HTTP/1.1\r\nHost: [::1]:81\r\n\r\n").body, "http://[::1]:81\n");
  EXPECT_EQ(ask("GET http://other/vbs?site HTTP/1.1\r\nHost: x\r\n\r\n").body, "http://other\n");
}

TEST_F(ServerTest, BelievesNoMalformedHost) {
  start();
  const std::string own = server->url() + "\n";
  for (const std::string host :
       {"a\"/><evil", "a b", "a/b", "user@a", "[::1", "[evil]", "a:0", "a:65536", "a:b", "-a"}) {
    EXPECT_EQ(ask("GET /vbs?site HTTP/1.1\r\nHost: " + host + "\r\n\r\n").body, own) << host;
  }
  EXPECT_EQ(ask("GET /vbs?site HTTP/1.0\r\n\r\n").body, own);
}

TEST_F(ServerTest, IsFoundAtItsPublicUrlWhateverARequestSays) {
  settings.publicUrl = "https://storage.example";
  settings.trustedProxies = {"127.0.0.1"};
  start();
  const std::string expected = "https://storage.example\n";
  EXPECT_EQ(ask("GET /vbs?site HTTP/1.0\r\n\r\n").body, expected);
  EXPECT_EQ(ask(request("GET", "/vbs?site")).body, expected);
  EXPECT_EQ(ask(request("GET", "/vbs?site", "X-Forwarded-Host: other\r\n")).body, expected);
}

TEST_F(ServerTest, BelievesWhatATrustedProxySays) {
  settings.trustedProxies = {"192.0.2.7", "127.0.0.1"};
  start();
  EXPECT_EQ(ask(request("GET", "/vbs?site", "X-Forwarded-Proto: https\r\n")).body,
            "https://vbs.example:8080\n");
  EXPECT_EQ(ask(request("GET", "/vbs?site",
                        "x-forwarded-proto: https\r\nX-Forwarded-Host: forged\r\nX-Forwarded-Host: "
                        "storage.example\r\n"))
                .body,
            "https://storage.example\n");
}

TEST_F(ServerTest, DoesNotBelieveAProxyThatItWasNotToldOf) {
  settings.trustedProxies = {"192.0.2.7", "none"};
  start();
  EXPECT_EQ(ask(request("GET", "/vbs?site", "X-Forwarded-Proto: https\r\nX-Forwarded-Host: other\r\n")).body,
            "http://vbs.example:8080\n");
}

TEST_F(ServerTest, AnswersThePathWithASlashAtItsEnd) {
  start();
  EXPECT_EQ(ask(request("POST", "/vbs/", "Content-Type: text/xml\r\nContent-Length: 1\r\n", "x")).body, "x");
  EXPECT_EQ(ask(request("GET", "/vbs/?site")).body, "http://vbs.example:8080\n");
  EXPECT_EQ(ask(request("GET", "/healthz/")).status, 200);
  EXPECT_EQ(ask(request("GET", "/vbs//?site")).status, 404);
}

TEST_F(ServerTest, TellsThatItIsReady) {
  start();
  EXPECT_EQ(ask(request("GET", "/readyz")).status, 200);
  EXPECT_EQ(ask(request("GET", "/readyz")).body, "ready\n");
}

TEST_F(ServerTest, TellsWhatKeepsItFromPartOfItsWork) {
  complaints = {{"VMM Delegate host1", "no\nroute"}};
  start();
  EXPECT_EQ(ask(request("GET", "/readyz")).status, 200);
  EXPECT_EQ(ask(request("GET", "/readyz")).body, "degraded\nVMM Delegate host1: no; route\n");
}

TEST_F(ServerTest, TellsWhatKeepsItFromAllOfItsWork) {
  complaints = {{"VMM Delegate host1", "no route"}, {"metadata", "disk full", true}};
  start();
  EXPECT_EQ(ask(request("GET", "/readyz")).status, 503);
  EXPECT_EQ(ask(request("GET", "/readyz")).body,
            "not ready\nVMM Delegate host1: no route\nmetadata: disk full\n");
}

TEST_F(ServerTest, IsAliveWhateverItComplainsAbout) {
  complaints = {{"metadata", "disk full", true}};
  start();
  EXPECT_EQ(ask(request("GET", "/healthz")).status, 200);
  EXPECT_EQ(ask(request("GET", "/healthz")).body, "ok\n");
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
  start();
  auto client = connect();
  for (const std::string target : {"/healthz", "/readyz", "/vbs?site", "/no"}) {
    client.send(request("GET", target));
    const auto full = client.receiveAnswer();
    client.send(request("HEAD", target));
    const auto head = client.receiveAnswer(/*toHead=*/true);
    EXPECT_EQ(head.status, full.status);
    EXPECT_EQ(head.fields, full.fields);
  }
}

TEST_F(ServerTest, RefusesWithAReason) {
  settings.maxBodyBytes = 1000;
  start();
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string big(1001, 'x');
  struct Case {
    std::string request;
    int status;
    std::string reason;
  };
  for (const auto& [bytes, status, reason] : std::vector<Case>{
           {request("GET", "/no"), 404, "nothing is at /no; there is /healthz, /readyz, /vbs"},
           {request("POST", "/vbs//", "Content-Length: 1\r\n", "x"), 404, "nothing is at /vbs/"},
           {request("GET", "/vbs?other"), 405, "GET is not answered at /vbs"},
           {request("GET", "/vbs"), 405, "GET is not answered at /vbs"},
           {request("DELETE", "/vbs"), 405, "DELETE is not answered at /vbs"},
           {request("PUT", "/vbs?site", "Content-Length: 1\r\n", "x"), 405, "PUT"},
           {request("POST", "/healthz", "Content-Length: 1\r\n", "x"), 405, "POST"},
           {request("POST", "/readyz", "Content-Length: 1\r\n", "x"), 405, "POST"},
           {request("OPTIONS", "*"), 404, "nothing is at *"},
           {request("POST", "/vbs"), 411, "Content-Length"},
           {request("POST", "/vbs", "Content-Length: 1001\r\n", big), 413, "longer than 1000 bytes"},
           {request("POST", "/vbs", chunked, "3e9\r\n" + big + "\r\n0\r\n\r\n"), 413,
            "longer than 1000 bytes"},
           {request("POST", "/vbs", chunked, "ffffffffffffffff\r\n"), 413, "longer than 1000 bytes"},
           {request("POST", "/vbs", chunked, "xyz\r\n"), 400, "chunk"},
           {request("POST", "/vbs", "Content-Encoding: gzip\r\nContent-Length: 1\r\n", "x"), 415,
            "Content-Encoding"},
           {request("POST", "/vbs", "Expect: a miracle\r\nContent-Length: 1\r\n", "x"), 417, "expectation"},
           {request("POST", "/vbs", "Transfer-Encoding: gzip\r\n"), 501, "chunked"},
           {request("POST", "/vbs", "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501, "chunked"},
           {"GET /vbs?site HTTP/2.0\r\n\r\n", 505, "HTTP/1.0 and 1.1"},
           {"\x16\x03\x01\x02\x01\x01\x01\xFC\r\n\r\n", 400, "not well-formed HTTP"},
           {"GET /vbs?site\r\n\r\n", 400, "not well-formed HTTP"},
           {request("GET", "/healthz", "A : b\r\n"), 400, "not well-formed HTTP"},
           {request("GET", "/healthz", "no colon\r\n"), 400, "not well-formed HTTP"},
       }) {
    const auto answer = ask(bytes);
    EXPECT_EQ(answer.status, status) << bytes;
    EXPECT_THAT(answer.body, HasSubstr(reason)) << bytes;
    EXPECT_EQ(answer.fields.at("content-type"), "text/plain; charset=utf-8") << bytes;
    EXPECT_EQ(answer.fields.contains("allow"), status == 405) << bytes;
  }
  expectServes();
}

TEST_F(ServerTest, RefusesWhatCouldBeReadInTwoWays) {
  start();
  for (const std::string fields :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: identity\r\n", "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: +5\r\n", "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n", "Content-Length: 18446744073709551621\r\n", "Content-Length: \r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nHost: other\r\n"}) {
    auto client = connect();
    client.send(request("POST", "/vbs", fields, "0\r\n\r\n"));
    EXPECT_EQ(client.receiveAnswer().status, 400) << fields;
    EXPECT_TRUE(client.isEnded()) << fields;
  }
  EXPECT_EQ(ask("POST /vbs HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").status, 400);
}

TEST_F(ServerTest, SaysWhichMethodsAPathHas) {
  start();
  EXPECT_EQ(ask(request("GET", "/vbs")).fields.at("allow"), "POST");
  EXPECT_EQ(ask(request("PATCH", "/vbs?site")).fields.at("allow"), "POST");
  EXPECT_EQ(ask(request("DELETE", "/healthz")).fields.at("allow"), "GET, HEAD");
}

TEST_F(ServerTest, AnswersOneMessageWhoseHandlerThrowsAndGoesOn) {
  resource = FakeResource([](const Request& request) {
    if (request.body == "bad") throw std::runtime_error("oops");
    return FakeResource::echo(request);
  });
  start();
  EXPECT_EQ(ask(post("bad")).status, 500);
  expectServes();
}

TEST_F(ServerTest, OutlivesAClientThatLeavesBeforeItsAnswer) {
  std::promise<void> begun;
  std::promise<void> left;
  resource = FakeResource([&](const Request& request) {
    if (request.body == "leaves") {
      begun.set_value();
      left.get_future().wait();
    }
    return FakeResource::echo(request);
  });
  start();
  {
    auto client = connect();
    client.send(post("leaves"));
    begun.get_future().wait();
  }
  left.set_value();
  expectServes();
  server.reset();  // the handler that nobody waits for uses the promises
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  const ListeningSocket other;
  settings.port = other.port();
  try {
    start();
    FAIL() << "it listens";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
    EXPECT_THAT(error.what(),
                HasSubstr("127.0.0.1:" + std::to_string(other.port()) + ": Address already in use"));
  }
  settings.port = 0;
  settings.host = "192.0.2.1";  // TEST-NET-1: on no machine
  EXPECT_THROW(start(), Error);
}

TEST_F(ServerTest, RefusesSettingsThatMakeNoSense) {
  const auto refuses = [&](auto change) {
    settings = {};
    change(settings);
    EXPECT_THROW(start(), Error);
  };
  refuses([](ServerSettings& s) { s.workers = 0; });
  refuses([](ServerSettings& s) { s.maxConnections = 0; });
  refuses([](ServerSettings& s) { s.maxHeaderBytes = std::size_t{1} << 32U; });
  refuses([](ServerSettings& s) { s.headerTimeout = std::chrono::milliseconds(0); });
  refuses([](ServerSettings& s) { s.publicUrl = "vbs.example:8080"; });
  refuses([](ServerSettings& s) { s.trustedProxies = {"proxy.example"}; });
  refuses([](ServerSettings& s) { s.publicUrl = "http://vbs.example/path"; });
}

TEST_F(ServerTest, ListensOnIpv6) {
  settings.host = "::1";
  if (std::ifstream("/proc/net/if_inet6").peek() == std::ifstream::traits_type::eof()) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  start();
  EXPECT_EQ(server->url(), "http://[::1]:" + std::to_string(server->port()));
}

}  // namespace
}  // namespace vbs::http
