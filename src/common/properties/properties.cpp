#include "common/properties/properties.h"

#include <algorithm>
#include <map>
#include <optional>
#include <regex>

#include "common/model/text.h"
#include "common/properties/look_alikes.h"

namespace vbs {
namespace {

constexpr std::string_view kBlanks = " \t\f";
constexpr std::string_view kLineEnds = "\r\n";

std::string_view trimLeft(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text;
}

std::string_view trim(std::string_view text) {
  text = trimLeft(text);
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

/// An odd number of backslashes at the end.
bool isContinued(std::string_view line) {
  const auto last = line.find_last_not_of('\\');
  return (line.size() - (last == std::string_view::npos ? 0 : last + 1)) % 2 == 1;
}

bool isComment(std::string_view line) {
  return line.starts_with('#') || line.starts_with('!');
}

bool isKey(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

/// The date that java.util.Properties.store puts above what it writes.
bool isJavasDate(std::string_view line) {
  static const std::regex kDate(
      "#(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} \\S{1,40} [0-9]{4}");
  constexpr std::size_t kLongest = 80;
  return line.size() <= kLongest && std::regex_match(line.begin(), line.end(), kDate);
}

bool isHexadecimal(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  return text.find_first_not_of(kDigits) == std::string_view::npos;
}

/// What Java writes with a backslash and nobody else does; `\\` only below Java's date, as plain patterns
/// have it too. Nothing when the value has none.
std::optional<std::string> javasEscape(std::string_view value, bool isBelowJavasDate) {
  constexpr std::size_t kCodeDigits = 4;
  for (auto at = value.find('\\'); at != std::string_view::npos && at + 1 < value.size();
       at = value.find('\\', at + 2)) {
    const char next = value[at + 1];
    if (next == ':' || next == '=' || next == '#' || next == '!' || (next == '\\' && isBelowJavasDate)) {
      return std::string("\\") + next;
    }
    const std::string_view code = value.substr(at + 2, kCodeDigits);
    if (next == 'u' && code.size() == kCodeDigits && isHexadecimal(code)) {
      return "\\u" + std::string(code);
    }
  }
  return std::nullopt;
}

class Reader {
public:
  Reader(std::string_view text, const std::vector<std::string>& repeatable)
      : rest_(text), repeatable_(repeatable) {}

  ReadProperties read() {
    while (!rest_.empty()) readLine();
    std::stable_sort(result_.faults.begin(), result_.faults.end(),
                     [](const PropertyFault& a, const PropertyFault& b) { return a.line < b.line; });
    return std::move(result_);
  }

private:
  void addFault(int line, std::string message, std::size_t column = 0) {
    result_.faults.push_back({line, std::move(message), static_cast<int>(column)});
  }

  /// Cuts the next line off the rest; lines end in LF, CR LF or CR.
  std::string_view takeLine() {
    ++lineNumber_;
    const auto end = rest_.find_first_of(kLineEnds);
    const std::string_view line = rest_.substr(0, end);
    if (end == std::string_view::npos) {
      rest_ = {};
      addFault(
          lineNumber_,
          "the last line has no end, so the file may have been cut (by a full disk, say): see that all of "
          "it is there, then end the line");
    } else {
      rest_.remove_prefix(end + (rest_.substr(end).starts_with("\r\n") ? 2 : 1));
    }
    return line;
  }

  /// The same for a line that is part of a property. False when it is no text.
  bool takePart(std::string_view& line) {
    const std::string_view whole = line;
    line = trimLeft(line);
    if (!isXmlText(line)) return false;
    for (const LookAlike& each : findLookAlikes(whole)) addFault(lineNumber_, each.message, each.column);
    return true;
  }

  void readLine() {
    std::string_view line = takeLine();
    const int first = lineNumber_;
    const std::string_view start = trimLeft(line);
    if (start.empty()) return;
    if (isComment(start)) {
      if (!isXmlText(start)) addFault(first, "is no UTF-8 text or has control characters");
      if (isJavasDate(start)) javasDate_ = first;
      return;
    }
    const std::size_t faultsBefore = result_.faults.size();
    std::string logical;
    bool isText = takePart(line);
    while (isContinued(line)) {
      logical += line.substr(0, line.size() - 1);
      if (rest_.empty()) {
        addFault(lineNumber_, "the file ends where a backslash continues the line");
        return;
      }
      line = takeLine();
      isText = takePart(line) && isText;
    }
    logical += line;
    if (!isText) {
      addFault(first, "is no UTF-8 text or has control characters");
      return;
    }
    readProperty(logical, first, result_.faults.size() > faultsBefore);
  }

  void readProperty(std::string_view logical, int line, bool hasFault) {
    const auto separator = logical.find_first_of("=:");
    if (logical.starts_with('[') && logical.ends_with(']')) {
      addFault(line, "sections are not read; the line can go");
      return;
    }
    if (logical.starts_with(';')) {
      addFault(line, "a comment begins with #");
      return;
    }
    if (separator == std::string_view::npos) {
      addFault(line, "expected key = value, found \"" + printable(logical, 60) + "\"");
      return;
    }
    std::string key(trim(logical.substr(0, separator)));
    if (!isKey(key)) {
      // What does not show in it was told already, and would not show in this message either.
      if (!hasFault) {
        addFault(line,
                 "\"" + printable(key, 60) + "\" is no key: expected letters, digits, '.', '-' and '_'");
      }
      return;
    }
    const auto [seen, isNew] = lines_.emplace(key, line);
    if (!isNew && std::find(repeatable_.begin(), repeatable_.end(), key) == repeatable_.end()) {
      addFault(line, key + ": given a second time, first on line " + std::to_string(seen->second));
      return;
    }
    std::string value(trim(logical.substr(separator + 1)));
    checkEscapes(key, value, line);
    result_.properties.push_back({std::move(key), std::move(value), line});
  }

  void checkEscapes(const std::string& key, std::string_view value, int line) {
    const auto escape = javasEscape(value, javasDate_ > 0);
    if (!escape) return;
    std::string message = key + ": " + *escape + " is how java.util.Properties.store writes ";
    message += (*escape)[1] == 'u'    ? "a character"
               : (*escape)[1] == '\\' ? "one backslash"
                                      : "a plain " + escape->substr(1);
    message += ", and is not read so: a backslash stays as it is here; write the value plainly";
    if ((*escape)[1] == '\\') {
      message += " and remove Java's date from line " + std::to_string(javasDate_);
    }
    addFault(line, std::move(message));
  }

  std::string_view rest_;
  const std::vector<std::string>& repeatable_;
  ReadProperties result_;
  std::map<std::string, int, std::less<>> lines_;  ///< of each key
  int lineNumber_ = 0;
  int javasDate_ = 0;  ///< its line; 0: there is none
};

}  // namespace

std::string toString(const std::filesystem::path& file, const PropertyFault& fault) {
  std::string text = file.string();
  if (fault.line > 0) text += ":" + std::to_string(fault.line);
  if (fault.column > 0) text += ":" + std::to_string(fault.column);
  return text + ": " + fault.message;
}

ReadProperties readProperties(std::string_view text, const std::vector<std::string>& repeatable) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.find_first_not_of("\r\n \t\f") == std::string_view::npos) return {{}, {{0, "is empty"}}};
  return Reader(text, repeatable).read();
}

}  // namespace vbs
