#include "common/soap/version.h"

#include "common/model/text.h"
#include "common/soap/charset.h"
#include "common/soap/refusal.h"

namespace vbs::soap {
namespace {

constexpr std::string_view kSoap11Type = "text/xml";
constexpr std::string_view kSoap12Type = "application/soap+xml";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string_view withoutQuotes(std::string_view text) {
  for (const char quote : {'"', '\''}) {
    if (text.size() >= 2 && text.front() == quote && text.back() == quote)
      return text.substr(1, text.size() - 2);
  }
  return text;
}

/// The value of the charset parameter without quotes; empty when there is none.
std::string_view charsetIn(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto end = parameters.find(';');
    const std::string_view parameter = parameters.substr(0, end);
    const auto equals = parameter.find('=');
    if (equals != std::string_view::npos && lowerAscii(trimmed(parameter.substr(0, equals))) == "charset") {
      return trimmed(withoutQuotes(trimmed(parameter.substr(equals + 1))));
    }
    parameters.remove_prefix(end == std::string_view::npos ? parameters.size() : end + 1);
  }
  return {};
}

}  // namespace

std::string contentTypeOf(Version version) {
  return std::string(version == Version::Soap11 ? kSoap11Type : kSoap12Type) + "; charset=utf-8";
}

Version versionOf(std::string_view contentType) {
  const auto semicolon = contentType.find(';');
  const std::string type = lowerAscii(trimmed(contentType.substr(0, semicolon)));
  if (type != kSoap11Type && type != kSoap12Type) {
    throw Refusal(Refusal::Reason::MediaType, "Content-Type \"" + printable(contentType) +
                                                  "\" is not SOAP: expected text/xml (SOAP 1.1) or "
                                                  "application/soap+xml (SOAP 1.2)");
  }
  const std::string_view charset =
      semicolon == std::string_view::npos ? std::string_view() : charsetIn(contentType.substr(semicolon + 1));
  if (!charset.empty() && !isUtf8Charset(charset)) {
    throw Refusal(Refusal::Reason::MediaType,
                  "charset \"" + printable(charset) + "\" is not accepted: send UTF-8");
  }
  return type == kSoap11Type ? Version::Soap11 : Version::Soap12;
}

}  // namespace vbs::soap
