#include "vbs_service/metadata/page_token.h"

#include <charconv>

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::metadata {

std::string pageToken(std::string_view listing, std::int64_t lastSeq) {
  return std::string(listing) + "-" + std::to_string(lastSeq);
}

std::int64_t parsePageToken(std::string_view listing, std::string_view token) {
  std::int64_t seq = -1;
  if (token.size() > listing.size() && token.starts_with(listing) && token[listing.size()] == '-') {
    const std::string_view number = token.substr(listing.size() + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), seq);
    if (error != std::errc{} || end != number.data() + number.size()) seq = -1;
  }
  if (seq < 0) {
    throw Error(ErrorCode::InvalidParameter,
                "\"" + printable(token) +
                    "\" is not a nextToken of this listing: pass one as a former "
                    "page gave it, or none to begin anew");
  }
  return seq;
}

}  // namespace vbs::metadata
