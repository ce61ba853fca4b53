#include "common/http/message.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/model/text.h"

namespace vbs::http {

namespace {

template <class Iterator>
std::string_view firstOf(Iterator begin, Iterator end, std::string_view name) {
  const auto found = std::find_if(begin, end, [wanted = lowerAscii(name)](const Header& header) {
    return lowerAscii(header.name) == wanted;
  });
  return found == end ? std::string_view() : found->value;
}

}  // namespace

std::string_view valueOf(const Headers& headers, std::string_view name) {
  return firstOf(headers.begin(), headers.end(), name);
}

std::string_view lastValueOf(const Headers& headers, std::string_view name) {
  return firstOf(headers.rbegin(), headers.rend(), name);
}

bool isRead(const Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

Response textResponse(int status, std::string_view text) {
  return {.status = status, .contentType = "text/plain; charset=utf-8", .body = std::string(text) + "\n"};
}

Response methodRefusal(const Request& request, std::string_view allow) {
  Response response =
      textResponse(405, fmt::format("{} is not answered at {}; allowed: {}", printable(request.method, 20),
                                    printable(request.target.path), allow));
  response.allow = allow;
  return response;
}

}  // namespace vbs::http
