#include "common/http/target.h"

#include <algorithm>

namespace vbs::http {

Target parseTarget(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  Target target;
  if (text.starts_with(kScheme)) {
    text.remove_prefix(kScheme.size());
    const auto pathBegin = std::min(text.find_first_of("/?"), text.size());
    target.authority = text.substr(0, pathBegin);
    text.remove_prefix(pathBegin);
  }
  const auto queryBegin = std::min(text.find('?'), text.size());
  target.path = text.substr(0, queryBegin);
  if (target.path.size() > 1 && target.path.ends_with('/')) target.path.pop_back();
  if (queryBegin < text.size()) target.query = text.substr(queryBegin + 1);
  return target;
}

}  // namespace vbs::http
