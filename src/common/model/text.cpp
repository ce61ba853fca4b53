#include "common/model/text.h"

#include <algorithm>

namespace vbs {
namespace {

bool isContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// The length of the XML character at the start of `text`, 0 if there is none.
std::size_t xmlCharacterLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) {
    const bool allowed = (lead >= 0x20 && lead != 0x7F) || lead == '\t' || lead == '\n' || lead == '\r';
    return allowed ? 1 : 0;
  }
  std::size_t length = 0;
  unsigned code = 0;
  if ((lead & 0xE0U) == 0xC0U) {
    length = 2;
    code = lead & 0x1FU;
  } else if ((lead & 0xF0U) == 0xE0U) {
    length = 3;
    code = lead & 0x0FU;
  } else if ((lead & 0xF8U) == 0xF0U) {
    length = 4;
    code = lead & 0x07U;
  } else {
    return 0;
  }
  if (text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!isContinuation(text[i])) return 0;
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  const bool overlong =
      (length == 2 && code < 0x80) || (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code == 0xFFFE || code == 0xFFFF || code > 0x10FFFF) return 0;
  return length;
}

/// `text` with every byte that starts no XML character replaced.
std::string replaceBad(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = xmlCharacterLength(text);
    if (length == 0) {
      result += '?';
      text.remove_prefix(1);
    } else {
      result += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return result;
}

}  // namespace

bool isXmlText(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = xmlCharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return replaceBad(text);
  std::size_t end = limit;
  while (end > 0 && isContinuation(text[end])) --end;
  return replaceBad(text.substr(0, end)) + "...";
}

std::string printableTail(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return replaceBad(text);
  std::size_t begin = text.size() - limit;
  while (begin < text.size() && isContinuation(text[begin])) ++begin;
  return replaceBad(text.substr(begin));
}

std::string lowerAscii(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return result;
}

std::size_t characterCount(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !isContinuation(c); }));
}

}  // namespace vbs
