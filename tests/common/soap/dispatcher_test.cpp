#include "common/soap/dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <sstream>
#include <thread>
#include <vector>

#include "common/model/error.h"
#include "common/soap/volume_status/endpoint.h"
#include "fakes/mock_volume_status_listener.h"
#include "messages.h"

// What all endpoints have in common, by the smallest of them and by an operation with a context.

namespace vbs::soap {
namespace {

using ::testing::_;
using testing::envelope;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

/// Collects what is logged while it lives.
class CapturedLog {
public:
  explicit CapturedLog(spdlog::level::level_enum level = spdlog::level::info)
      : former_(spdlog::default_logger()) {
    const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(text_);
    const auto logger = std::make_shared<spdlog::logger>("captured", sink);
    logger->set_pattern("%l %v");
    logger->set_level(level);
    spdlog::set_default_logger(logger);
  }
  ~CapturedLog() { spdlog::set_default_logger(former_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  std::string text() const { return text_.str(); }

private:
  std::shared_ptr<spdlog::logger> former_;
  std::ostringstream text_;
};

std::string statusChanged(const std::string& requestId, const std::string& volumeId = "vol-0a1b2c3d") {
  return envelope("<volumeStatusChanged xmlns='urn:vbs:volume-delegate:1'><requestId>" + requestId +
                  "</requestId><volumeId>" + volumeId +
                  "</volumeId><status>available</status></volumeStatusChanged>");
}

class DispatcherTest : public ::testing::Test {
protected:
  DispatcherTest() : endpoint_(listener_) {}

  /// The one line that a message leaves in the log.
  std::string logOf(const std::string& body) {
    const CapturedLog log;
    endpoint_.handle({"/volume-status", "text/xml", body});
    return log.text();
  }

  ::testing::NiceMock<fakes::MockVolumeStatusListener> listener_;
  VolumeStatusEndpoint endpoint_;
};

TEST_F(DispatcherTest, LogsOneLineForAMessageThatIsServed) {
  EXPECT_THAT(logOf(statusChanged("copy-1")),
              MatchesRegex("info vd:volumeStatusChanged ok in [0-9.]+ ms request=copy-1\n"));
}

TEST_F(DispatcherTest, LogsOneLineForAMessageThatIsRefused) {
  EXPECT_THAT(
      logOf(statusChanged("copy-1", "x\ny")),
      MatchesRegex(
          "info vd:volumeStatusChanged InvalidParameter in [0-9.]+ ms request=copy-1: \"x y\" is not a "
          "volume id.*\n"));
}

TEST_F(DispatcherTest, NamesARequestThatHasNoNameYet) {
  EXPECT_THAT(logOf("garbage"),
              MatchesRegex("info message InvalidParameter in [0-9.]+ ms request=[0-9a-f-]+: .*\n"));
}

TEST_F(DispatcherTest, LogsTheCauseThatTheFaultHides) {
  EXPECT_CALL(listener_, volumeStatusChanged(_, _, _, _))
      .WillOnce(
          [](const auto&, const auto&, auto, const auto&) { throw std::runtime_error("disk on fire"); });
  EXPECT_THAT(logOf(statusChanged("copy-1")),
              MatchesRegex("error vd:volumeStatusChanged InternalError .*: disk on fire\n"));
}

TEST_F(DispatcherTest, WarnsOfWhatTheCallerCannotMend) {
  EXPECT_CALL(listener_, volumeStatusChanged(_, _, _, _))
      .WillOnce([](const auto&, const auto&, auto, const auto&) {
        throw Error(ErrorCode::Busy, "come back later");
      });
  EXPECT_THAT(logOf(statusChanged("copy-1")), HasSubstr("warning vd:volumeStatusChanged Busy"));
}

TEST_F(DispatcherTest, LogsTheOperation) {
  Dispatcher dispatcher("vd");
  dispatcher.add<_vd__deleteVolume, _vd__deleteVolumeResponse>(
      "deleteVolume", [](Invocation& call, struct soap*, const auto& in, auto&) {
        call.adopt({OperationId(in.context->operationId), RequestId(in.context->requestId), false});
      });
  const CapturedLog log;
  dispatcher.handle(
      {"/", "text/xml",
       envelope("<v:deleteVolume xmlns:v='urn:vbs:volume-delegate:1' xmlns:t='urn:vbs:types:1'><v:context>"
                "<t:operationId>op-1</t:operationId><t:requestId>r-1</t:requestId></v:context>"
                "<v:volumeId>vol-0a1b2c3d</v:volumeId><v:sizeGiB>1</v:sizeGiB></v:deleteVolume>")});
  EXPECT_THAT(log.text(), MatchesRegex("info vd:deleteVolume ok in [0-9.]+ ms request=r-1 operation=op-1\n"));
}

TEST_F(DispatcherTest, TellsOfWhatIsAskedAgainAndAgainToWhoLooksCloselyOnly) {
  for (const bool fails : {false, true}) {
    Dispatcher dispatcher("vmm");
    dispatcher.add<_vmm__inventory, _vmm__inventoryResponse>(
        "inventory",
        [fails](Invocation& call, struct soap*, const auto& in, auto&) {
          call.adopt(RequestId(in.requestId));
          if (fails) throw Error(ErrorCode::CommandFailed, "no list.devices");
        },
        Telling::Routine);
    const Message message{
        "/", "text/xml",
        envelope("<inventory xmlns='urn:vbs:vmm-delegate:1'><requestId>r-1</requestId></inventory>")};
    {
      const CapturedLog log;
      dispatcher.handle(message);
      EXPECT_EQ(log.text(), "");
    }
    const CapturedLog log(spdlog::level::debug);
    dispatcher.handle(message);
    EXPECT_THAT(log.text(), MatchesRegex(fails ? "debug vmm:inventory CommandFailed in .*: no list.devices\n"
                                               : "debug vmm:inventory ok in [0-9.]+ ms request=r-1\n"));
  }
}

TEST_F(DispatcherTest, ServesManyMessagesAtOnce) {
  constexpr int kThreads = 8;
  constexpr int kMessages = 50;
  std::atomic<int> served = 0;
  ON_CALL(listener_, volumeStatusChanged(_, _, _, _))
      .WillByDefault([&](const auto&, const auto&, auto, const auto&) { ++served; });
  const CapturedLog log;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < kMessages; ++j) {
        const auto id = std::to_string(i) + "-" + std::to_string(j);
        const http::Response good = endpoint_.handle({"/volume-status", "text/xml", statusChanged(id)});
        EXPECT_EQ(good.status, 200);
        const http::Response bad =
            endpoint_.handle({"/volume-status", "text/xml", statusChanged(id, "none")});
        EXPECT_THAT(bad.body, HasSubstr("requestId>" + id + "<"));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(served, kThreads * kMessages);
}

}  // namespace
}  // namespace vbs::soap
