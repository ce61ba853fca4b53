#pragma once

// Inside the soap adapters only: includes gSOAP.

#include <memory>
#include <string>

#include "common/http/channel.h"
#include "common/model/error.h"
#include "common/soap/engine.h"

namespace vbs::soap {

/// One contract at the other end of a channel: the client side of a portType. Speaks SOAP 1.1, understands
/// both versions. Thread-safe.
class Remote {
public:
  /// `prefix` and `contract` are the contract's namespace prefix and namespace.
  Remote(std::unique_ptr<http::Channel> channel, std::string prefix, std::string contract);

  /// Sends a request that `fill(gsoap, request)` fills, and returns what `parse(response)` makes of the
  /// response. Throws
  /// - the Error that a fault tells, and those of http::Channel::post,
  /// - DelegateUnreachable when what answers is no SOAP (a proxy's error page, half an answer),
  /// - InternalError when the answer breaks the contract.
  template <class Request, class Response, class Fill, class Parse>
  auto call(const std::string& operation, Fill fill, Parse parse) const {
    const std::string element = prefix_ + ":" + operation;
    const http::Response reply = post(operation, written<Request>(element, fill));
    Engine engine;
    openAnswer(engine, reply);
    try {
      Response response;
      engine.read((element + "Response").c_str(), response);
      return parse(static_cast<const Response&>(response));
    } catch (const Error& error) {
      throw Error(ErrorCode::InternalError, "the answer of " + channel_->url() + " to " + operation +
                                                " breaks the contract: " + error.what());
    }
  }

private:
  template <class Request, class Fill>
  static std::string written(const std::string& element, Fill fill) {
    Engine engine;
    Request request;
    request.soap_default(engine.gsoap());
    fill(engine.gsoap(), request);
    return engine.write(Version::Soap11, element.c_str(), request);
  }

  http::Response post(const std::string& operation, const std::string& body) const;
  /// Up to the body of an answer that is no fault.
  void openAnswer(Engine& engine, const http::Response& reply) const;

  std::unique_ptr<http::Channel> channel_;
  std::string prefix_;
  std::string contract_;
};

/// `text`, which goes into a request. Throws Error{InvalidParameter} when XML cannot carry it: what a client
/// asks for is not changed silently.
const std::string& requireXmlText(const std::string& text, const char* what);

}  // namespace vbs::soap
