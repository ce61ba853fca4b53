#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vbs::command {

/// A regular expression of a pattern file (Boost.Regex, Perl syntax): searched for anywhere in a text, `^`
/// and
/// `$` match at its lines. Immutable and cheap to copy; thread-safe.
class Expression {
public:
  /// Throws std::invalid_argument that says what is wrong with the text.
  explicit Expression(const std::string& text);

  /// Both throw std::runtime_error when the search is given up as too complex.
  bool isFoundIn(std::string_view text) const;
  /// The named groups that took part in the first match; nothing when there is no match.
  std::optional<std::map<std::string, std::string>> find(std::string_view text) const;

  /// The names of the named groups `(?<name>...)`, each once.
  const std::vector<std::string>& groups() const noexcept;

private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace vbs::command
