#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/http/target.h"

namespace vbs::http {

struct Header {
  std::string name;
  std::string value;
};

/// Those of one name in the order they were sent.
using Headers = std::vector<Header>;

/// The value of the first header of that name, in whatever case. Empty when there is none.
std::string_view valueOf(const Headers& headers, std::string_view name);
/// The same of the last one: what the proxy nearest to us has added.
std::string_view lastValueOf(const Headers& headers, std::string_view name);

/// A request as it came.
struct Request {
  std::string method;  ///< "POST"
  Target target;
  Headers headers;   ///< those of its head; trailers are not looked at
  std::string body;  ///< complete, at most ServerSettings::maxBodyBytes
  std::string peer;  ///< the address of who has sent it: "192.0.2.7"
  std::string site;  ///< where its client finds this server: "https://storage.example:8443" (PublicAddress)
};

/// True for the methods that ask and change nothing.
bool isRead(const Request& request);

struct Response {
  int status = 200;
  std::string contentType;
  std::string body;
  std::string allow = {};    ///< for the Allow header of a 405, else empty
  bool isOfARepeat = false;  ///< at the client: the request was sent twice, and this answers the second
};

/// A short answer in plain text.
Response textResponse(int status, std::string_view text);

/// 405: the request's method is none of `allow` ("GET, HEAD").
Response methodRefusal(const Request& request, std::string_view allow);

}  // namespace vbs::http
