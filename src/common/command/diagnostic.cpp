#include "common/command/diagnostic.h"

#include <algorithm>
#include <utility>

#include "common/properties/properties.h"

namespace vbs::command {

std::string toString(const Place& place) {
  return place.file.string() + ":" + std::to_string(place.line);
}

std::string toString(const Diagnostic& diagnostic) {
  return toString(diagnostic.place.file,
                  PropertyFault{diagnostic.place.line, diagnostic.message, diagnostic.column});
}

void Faults::add(Place place, std::string message, int column) {
  all_.push_back({std::move(place), std::move(message), column});
}

bool Faults::isAbout(std::string_view key) const {
  const std::string start = std::string(key) + ": ";
  return std::any_of(all_.begin(), all_.end(),
                     [&start](const Diagnostic& fault) { return fault.message.starts_with(start); });
}

}  // namespace vbs::command
