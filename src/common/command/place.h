#pragma once

#include <filesystem>
#include <string>

namespace vbs::command {

/// Where something stands in a pattern file, or in one that it includes.
struct Place {
  std::filesystem::path file;
  int line = 0;  ///< from 1; 0 when it is about the whole file
  bool operator==(const Place&) const = default;
};

/// A `key = value` of a pattern file.
struct PlacedProperty {
  std::string key;
  std::string value;
  Place place;  ///< of the key
};

}  // namespace vbs::command
