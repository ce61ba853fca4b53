#include "common/command/expression.h"

#include <algorithm>
#include <boost/regex.hpp>
#include <stdexcept>

namespace vbs::command {
namespace {

/// Boost.Regex does not tell the names of an expression's groups, so they are read from its text.
std::vector<std::string> namesOfGroups(std::string_view text) {
  std::vector<std::string> names;
  bool inClass = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (inClass) {
      inClass = c != ']';
    } else if (c == '[') {
      inClass = true;
      // A ']' that comes first belongs to the class.
      if (text.substr(i + 1).starts_with('^')) ++i;
      if (text.substr(i + 1).starts_with(']')) ++i;
    } else if (text.substr(i).starts_with("(?<") || text.substr(i).starts_with("(?'")) {
      const char last = text[i + 2] == '<' ? '>' : '\'';
      const std::string_view rest = text.substr(i + 3);
      if (rest.starts_with('=') || rest.starts_with('!')) continue;  // a lookbehind
      std::string name(rest.substr(0, rest.find(last)));
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    }
  }
  return names;
}

}  // namespace

struct Expression::Compiled {
  boost::regex regex;
  std::vector<std::string> groups;
};

Expression::Expression(const std::string& text) {
  if (text.empty()) throw std::invalid_argument("no regular expression");
  try {
    compiled_ =
        std::make_shared<Compiled>(Compiled{boost::regex(text, boost::regex::perl), namesOfGroups(text)});
  } catch (const boost::regex_error& error) {
    throw std::invalid_argument(std::string("bad regular expression: ") + error.what());
  }
}

bool Expression::isFoundIn(std::string_view text) const {
  return boost::regex_search(text.begin(), text.end(), compiled_->regex);
}

std::optional<std::map<std::string, std::string>> Expression::find(std::string_view text) const {
  boost::match_results<std::string_view::const_iterator> match;
  if (!boost::regex_search(text.begin(), text.end(), match, compiled_->regex)) return std::nullopt;
  std::map<std::string, std::string> found;
  for (const std::string& name : compiled_->groups) {
    const auto& group = match[name];
    if (group.matched) found.emplace(name, group.str());
  }
  return found;
}

const std::vector<std::string>& Expression::groups() const noexcept {
  return compiled_->groups;
}

}  // namespace vbs::command
