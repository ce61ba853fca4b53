#include "common/command/properties.h"

#include <algorithm>
#include <map>

#include "common/model/text.h"

namespace vbs::command {
namespace {

constexpr std::string_view kBlanks = " \t\f";

std::string_view trimLeft(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

std::string_view trim(std::string_view text) {
  text = trimLeft(text);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

/// Cuts the next line off `rest`; lines end in LF, CR LF or CR.
std::string_view takeLine(std::string_view& rest) {
  const auto end = rest.find_first_of("\r\n");
  const std::string_view line = rest.substr(0, end);
  if (end == std::string_view::npos) {
    rest = {};
  } else {
    rest.remove_prefix(end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return line;
}

/// An odd number of backslashes at the end.
bool isContinued(std::string_view line) {
  const auto last = line.find_last_not_of('\\');
  return (line.size() - (last == std::string_view::npos ? 0 : last + 1)) % 2 == 1;
}

bool isKey(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

}  // namespace

ReadProperties readProperties(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());

  ReadProperties result;
  std::map<std::string, int, std::less<>> lines;  // of each key
  int lineNumber = 0;
  while (!text.empty()) {
    ++lineNumber;
    const int first = lineNumber;
    std::string_view line = trimLeft(takeLine(text));
    if (line.empty()) continue;
    if (line.front() == '#' || line.front() == '!') {
      if (!isXmlText(line)) result.faults.push_back({first, "is no UTF-8 text or has control characters"});
      continue;
    }
    std::string logical;
    bool unfinished = false;
    while (isContinued(line)) {
      logical += line.substr(0, line.size() - 1);
      unfinished = text.empty();
      if (unfinished) break;
      ++lineNumber;
      line = trimLeft(takeLine(text));
    }
    if (unfinished) {
      result.faults.push_back({lineNumber, "the file ends where a backslash continues the line"});
      continue;
    }
    logical += line;

    if (!isXmlText(logical)) {
      result.faults.push_back({first, "is no UTF-8 text or has control characters"});
      continue;
    }
    const auto separator = logical.find_first_of("=:");
    if (separator == std::string::npos) {
      result.faults.push_back({first, "expected key = value, found \"" + printable(logical, 60) + "\""});
      continue;
    }
    std::string key(trim(std::string_view(logical).substr(0, separator)));
    if (!isKey(key)) {
      result.faults.push_back(
          {first, "\"" + printable(key, 60) + "\" is no key: expected letters, digits, '.', '-' and '_'"});
      continue;
    }
    const auto [seen, isNew] = lines.emplace(key, first);
    if (!isNew) {
      result.faults.push_back(
          {first, key + ": given a second time, first on line " + std::to_string(seen->second)});
      continue;
    }
    std::string value(trim(std::string_view(logical).substr(separator + 1)));
    result.properties.push_back({std::move(key), std::move(value), first});
  }
  return result;
}

}  // namespace vbs::command
