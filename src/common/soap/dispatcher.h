#pragma once

// Inside the soap adapters only: includes gSOAP.

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "common/api/context.h"
#include "common/soap/endpoint.h"
#include "common/soap/engine.h"

namespace vbs::soap {

/// One message on its way through an operation, with the ids that name it in the log and in a fault.
class Invocation {
public:
  explicit Invocation(std::string requestId) : requestId_(std::move(requestId)) {}

  RequestContext request() const { return {RequestId(requestId_)}; }
  const std::string& requestId() const noexcept { return requestId_; }
  const std::string& operationId() const noexcept { return operationId_; }

  /// The names that the caller's message gives; each is the parsed argument.
  RequestId adopt(RequestId requestId);
  OperationContext adopt(OperationContext operation);

private:
  std::string requestId_;
  std::string operationId_;
};

/// How an operation is logged.
enum class Telling {
  Usual,    ///< one line at level info, or warn
  Routine,  ///< at level debug: another part asks it often, and logs its failures itself
};

/// Finds the operation that a message asks for, runs it, and answers: the server side of one portType.
/// Whatever goes wrong becomes a fault. One log line a message. Thread-safe once all operations are added.
class Dispatcher {
public:
  /// `prefix`: the contract's namespace prefix, "vbs".
  explicit Dispatcher(std::string prefix) : prefix_(std::move(prefix)) {}

  /// Adds an operation of the contract: `run(call, gsoap, request, response)` fills the response, whose
  /// pointers belong to `gsoap`, or throws.
  template <class Request, class Response, class Run>
  void add(const std::string& operation, Run run, Telling telling = Telling::Usual) {
    const std::string element = prefix_ + ":" + operation;
    auto body = [run = std::move(run), element](Engine& engine, Invocation& call) {
      Request request;
      engine.read(element.c_str(), request);
      Response response;
      response.soap_default(engine.gsoap());
      run(call, engine.gsoap(), static_cast<const Request&>(request), response);
      return engine.write(engine.version(), (element + "Response").c_str(), response);
    };
    operations_.emplace(element, Operation{std::move(body), telling});
  }

  /// Never throws.
  http::Response handle(const Message& message) const;

private:
  struct Operation {
    std::function<std::string(Engine&, Invocation&)> body;
    Telling telling;
  };

  const std::pair<const std::string, Operation>& find(const Engine& engine) const;

  std::string prefix_;
  std::map<std::string, Operation> operations_;  // by element, "vbs:createVolume"
};

}  // namespace vbs::soap
