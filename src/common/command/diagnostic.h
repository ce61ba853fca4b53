#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/command/place.h"

namespace vbs::command {

/// A fault in a pattern file.
struct Diagnostic {
  Place place;
  std::string message;
  int column = 0;  ///< in characters, from 1; 0 when it is about the whole line
  bool operator==(const Diagnostic&) const = default;
};

/// "commands.properties:12"
std::string toString(const Place& place);

/// "commands.properties:12: vm.attach: unknown parameter <vmDeviec>"
std::string toString(const Diagnostic& diagnostic);

/// The faults that were found so far. A message begins with the key that it is about.
class Faults {
public:
  void add(Place place, std::string message, int column = 0);

  /// True when one is about `key`.
  bool isAbout(std::string_view key) const;

  const std::vector<Diagnostic>& all() const noexcept { return all_; }

private:
  std::vector<Diagnostic> all_;
};

}  // namespace vbs::command
