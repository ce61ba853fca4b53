#include "common/command/property_values.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <system_error>

#include "common/model/text.h"
#include "common/system/duration.h"

namespace vbs::command {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<int> parseWholeNumber(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || parsed != end || text.front() == '-' || text.front() == '0')
    return std::nullopt;
  return number;
}

std::chrono::milliseconds parseDeadline(const std::string& text) {
  const auto parsed = system::parseDuration(text);
  if (!parsed) {
    throw std::invalid_argument("\"" + printable(text, 40) +
                                "\" is no duration: expected 500ms, 30s, 5m or 24h, at most 7 days");
  }
  return *parsed;
}

std::vector<int> parseExitCodes(const std::string& text) {
  constexpr int kGreatest = 255;
  std::vector<int> codes;
  for (std::string part : split(text, ',')) {
    part.erase(std::remove(part.begin(), part.end(), ' '), part.end());
    const auto code = part == "0" ? 0 : parseWholeNumber(part);
    if (!code || *code > kGreatest) {
      throw std::invalid_argument("\"" + printable(part, 40) +
                                  "\" is no exit code: expected numbers from 0 to 255, such as 0,15");
    }
    codes.push_back(*code);
  }
  return codes;
}

}  // namespace vbs::command
