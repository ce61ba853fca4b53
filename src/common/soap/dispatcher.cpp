#include "common/soap/dispatcher.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

#include "common/fault/fault_point.h"
#include "common/model/error.h"
#include "common/model/text.h"
#include "common/model/uuid.h"
#include "common/soap/fault.h"
#include "common/soap/version.h"

namespace vbs::soap {
namespace {

/// The one log line of a message.
class LogLine {
public:
  void setElement(std::string element, Telling telling) {
    element_ = std::move(element);
    isRoutine_ = telling == Telling::Routine;
  }

  void succeeded(const Invocation& call) const {
    spdlog::log(isRoutine_ ? spdlog::level::debug : spdlog::level::info, "{} ok{}", element_, tail(call));
  }

  void refused(const Invocation& call, const Error& error) const {
    const auto usual = isCallersFault(error.code()) ? spdlog::level::info : spdlog::level::warn;
    spdlog::log(isRoutine_ ? spdlog::level::debug : usual, "{} {}{}: {}", element_, toString(error.code()),
                tail(call), oneLine(error.what()));
  }

  void broke(const Invocation& call, const char* what) const {
    spdlog::error("{} InternalError{}: {}", element_, tail(call), oneLine(what));
  }

private:
  std::string tail(const Invocation& call) const {
    const auto duration = std::chrono::steady_clock::now() - begin_;
    const std::string operation = call.operationId().empty() ? "" : " operation=" + call.operationId();
    return fmt::format(" in {:.1f} ms request={}{}",
                       std::chrono::duration<double, std::milli>(duration).count(), call.requestId(),
                       operation);
  }

  /// A message may quote what a client sent: it must not look like a line of its own.
  static std::string oneLine(std::string_view text) {
    std::string line = printable(text, text.size());
    std::replace_if(
        line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return line;
  }

  std::string element_ = "message";
  bool isRoutine_ = false;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// `element`: "vd:createVolume"
void reachAnswer(std::string_view element) {
  try {
    fault::reach(fault::Seam::Answer, {"answer/", element.substr(element.find(':') + 1)});
  } catch (const Error& error) {
    throw error.withEffect(Effect::Partial);  // the operation has ended
  }
}

}  // namespace

RequestId Invocation::adopt(RequestId requestId) {
  requestId_ = requestId.str();
  return requestId;
}

OperationContext Invocation::adopt(OperationContext operation) {
  requestId_ = operation.requestId.str();
  operationId_ = operation.operationId.str();
  return operation;
}

http::Response Dispatcher::handle(const Message& message) const {
  LogLine log;
  Invocation call(randomUuid());
  Version version = Version::Soap11;
  try {
    version = versionOf(message.contentType);
    Engine engine;
    engine.open(message.body);
    version = engine.version();
    engine.enterBody();
    const auto& [element, operation] = find(engine);
    log.setElement(element, operation.telling);
    http::Response reply{200, contentTypeOf(version), {}};
    try {
      reply.body = operation.body(engine, call);
    } catch (const Error&) {
      reachAnswer(element);
      throw;
    }
    reachAnswer(element);
    log.succeeded(call);
    return reply;
  } catch (const Error& error) {
    log.refused(call, error);
    return faultReply(version, error, call.requestId());
  } catch (const std::exception& error) {
    log.broke(call, error.what());
  } catch (...) {
    log.broke(call, "an exception of no known type");
  }
  // It has ended, however far it came.
  return faultReply(version,
                    Error(ErrorCode::InternalError,
                          "internal error; the service's log says more under request " + call.requestId())
                        .withEffect(Effect::Partial),
                    call.requestId());
}

const std::pair<const std::string, Dispatcher::Operation>& Dispatcher::find(const Engine& engine) const {
  for (const auto& entry : operations_) {
    if (engine.bodyIs(entry.first.c_str())) return entry;
  }
  throw Error(ErrorCode::InvalidParameter,
              "<" + engine.bodyElement() +
                  "> is no operation of this address; its namespace and name must be those in the WSDL");
}

}  // namespace vbs::soap
