#include "common/soap/contract.h"

#include "common/model/text.h"

namespace vbs::soap {
namespace {

std::string escapeAttribute(std::string_view text) {
  constexpr std::size_t kMaxUrl = 2048;
  std::string escaped;
  for (const char c : printable(text, kMaxUrl)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace

std::string withAddress(std::string_view contract, std::string_view path, std::string_view url) {
  constexpr std::string_view kBegin = "address location=\"";
  std::string result;
  for (auto at = contract.find(kBegin); at != std::string_view::npos; at = contract.find(kBegin)) {
    const auto valueBegin = at + kBegin.size();
    const auto valueEnd = contract.find('"', valueBegin);
    const std::string_view value = contract.substr(valueBegin, valueEnd - valueBegin);
    result += contract.substr(0, valueBegin);
    result += value.ends_with(path) ? escapeAttribute(url) : std::string(value);
    contract.remove_prefix(valueEnd);
  }
  return result.append(contract);
}

}  // namespace vbs::soap
