#include "common/soap/remote.h"

#include "common/model/text.h"
#include "common/soap/fault.h"
#include "common/soap/version.h"

namespace vbs::soap {

Remote::Remote(std::unique_ptr<http::Channel> channel, std::string prefix, std::string contract)
    : channel_(std::move(channel)), prefix_(std::move(prefix)), contract_(std::move(contract)) {}

http::Response Remote::post(const std::string& operation, const std::string& body) const {
  return channel_->post({{"Content-Type", contentTypeOf(Version::Soap11)},
                         {"SOAPAction", "\"" + contract_ + "#" + operation + "\""}},
                        body);
}

void Remote::openAnswer(Engine& engine, const http::Response& reply) const {
  try {
    versionOf(reply.contentType);
    engine.open(reply.body);
    engine.enterBody();
  } catch (const Error& error) {
    throw Error(ErrorCode::DelegateUnreachable, "what answers at " + channel_->url() +
                                                    " is no SOAP service (HTTP " +
                                                    std::to_string(reply.status) + "): " + error.what() +
                                                    "; it begins with \"" + printable(reply.body) + "\"");
  }
  const SOAP_ENV__Fault* const fault = engine.readFault();
  if (fault == nullptr) return;
  const Error error = errorIn(*fault);
  // What refuses a repeated request may be what the request did when it came first, if it came.
  throw reply.isOfARepeat && error.effect() == Effect::None ? error.withEffect(Effect::Unknown) : error;
}

const std::string& requireXmlText(const std::string& text, const char* what) {
  if (!isXmlText(text)) {
    throw Error(ErrorCode::InvalidParameter,
                std::string(what) + " \"" + printable(text) + "\" has characters that XML cannot carry");
  }
  return text;
}

}  // namespace vbs::soap
