#include "common/command/pattern.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "common/command/parameter_type.h"
#include "common/model/text.h"

namespace vbs::command {

/// Reads a pattern character by character; `quote_` is the quote it is in, or 0.
class Pattern::Parser {
public:
  explicit Parser(std::string_view text) : text_(text) {}

  Pattern commandLine() {
    while (!text_.empty()) {
      const char c = take();
      if (c == '<') {
        parameter();
      } else if (c == '\\' && escapesNext()) {
        if (text_.empty()) throw std::invalid_argument("a backslash at the end takes no character");
        literal(take());
      } else if (quote_ != 0 && c == quote_) {
        quote_ = 0;
      } else if (quote_ == 0 && (c == '"' || c == '\'')) {
        quote_ = c;
        begun_ = true;
      } else if (quote_ == 0 && (c == ' ' || c == '\t')) {
        endArgument();
      } else {
        literal(c);
      }
    }
    if (quote_ != 0) throw std::invalid_argument(std::string("unbalanced quote ") + quote_);
    endArgument();
    if (pattern_.arguments_.empty()) throw std::invalid_argument("no command");
    return std::move(pattern_);
  }

  Pattern value() {
    while (!text_.empty()) {
      const char c = take();
      if (c == '<') {
        parameter();
      } else {
        literal(c == '\\' && text_.starts_with('<') ? take() : c);
      }
    }
    endArgument();
    if (pattern_.arguments_.empty()) throw std::invalid_argument("no value");
    return std::move(pattern_);
  }

private:
  char take() {
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }

  /// Whether a backslash here takes what follows as it is.
  bool escapesNext() const {
    if (quote_ == 0 || text_.starts_with('<')) return true;
    return quote_ == '"' && (text_.starts_with('"') || text_.starts_with('\\'));
  }

  void literal(char c) {
    begun_ = true;
    if (argument_.empty() || argument_.back().isParameter) argument_.push_back({{}, false});
    argument_.back().text += c;
  }

  /// After '<': the rest of `<name>`.
  void parameter() {
    const auto end = text_.find('>');
    if (end == std::string_view::npos || !isParameterName(text_.substr(0, end))) {
      throw std::invalid_argument("\"<" + printable(text_.substr(0, std::min<std::size_t>(end, 20))) +
                                  "\" begins no parameter such as <volumeId>; a literal < is written \\<");
    }
    std::string name(text_.substr(0, end));
    text_.remove_prefix(end + 1);
    auto& names = pattern_.parameters_;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    argument_.push_back({std::move(name), true});
    begun_ = true;
  }

  void endArgument() {
    if (begun_) pattern_.arguments_.push_back(std::exchange(argument_, {}));
    begun_ = false;
  }

  std::string_view text_;
  char quote_ = 0;
  bool begun_ = false;  ///< an argument has begun, though it may be empty so far
  Argument argument_;
  Pattern pattern_;
};

Pattern Pattern::parse(std::string_view text) {
  return Parser(text).commandLine();
}

Pattern Pattern::parseValue(std::string_view text) {
  return Parser(text).value();
}

std::vector<std::string> Pattern::expand(const Lookup& lookup) const {
  std::vector<std::string> argv;
  argv.reserve(arguments_.size());
  for (const Argument& argument : arguments_) {
    std::string& text = argv.emplace_back();
    for (const Piece& piece : argument) text += piece.isParameter ? lookup(piece.text) : piece.text;
  }
  return argv;
}

std::string commandLine(const std::vector<std::string>& argv) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_";
  std::string line;
  for (const std::string& argument : argv) {
    if (!line.empty()) line += ' ';
    if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string::npos) {
      line += argument;
      continue;
    }
    line += '\'';
    for (const char c : printable(argument, argument.size())) {
      if (c == '\'') {
        line += "'\\''";
      } else {
        line += c;
      }
    }
    line += '\'';
  }
  return line;
}

}  // namespace vbs::command
