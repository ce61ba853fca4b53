#pragma once

#include <string>

namespace vbs::soap::testing {

constexpr const char* kSoap11 = "http://schemas.xmlsoap.org/soap/envelope/";
constexpr const char* kSoap12 = "http://www.w3.org/2003/05/soap-envelope";

inline std::string envelope(const std::string& body, const std::string& version = kSoap11) {
  return "<e:Envelope xmlns:e=\"" + version + "\"><e:Body>" + body + "</e:Body></e:Envelope>";
}

/// `fields` in the wrapper element of an operation of vbs.wsdl.
inline std::string vbsRequest(const std::string& operation, const std::string& fields,
                              const std::string& version = kSoap11) {
  return envelope("<" + operation + " xmlns=\"urn:vbs:service:1\">" + fields + "</" + operation + ">",
                  version);
}

}  // namespace vbs::soap::testing
