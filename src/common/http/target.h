#pragma once

#include <string>
#include <string_view>

namespace vbs::http {

/// What a request is about: its path, without a slash at the end, its query, and the authority where the
/// target is a whole URL (RFC 9112 section 3.2.2). Not decoded: each part may be anything.
struct Target {
  std::string authority;
  std::string path;
  std::string query;  ///< without the "?"
};

Target parseTarget(std::string_view text);

}  // namespace vbs::http
