#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/properties/properties.h"

namespace vbs {

/// What may stand in a program's settings file.
struct SettingNames {
  std::vector<std::string> single;      ///< at most once
  std::vector<std::string> repeatable;  ///< as often as one likes, anywhere in the file
};

struct ReadSettings {
  std::vector<Property> settings;  ///< values without their quotes, never empty
  std::vector<PropertyFault> faults;
};

/// Reads a settings file: the properties of readProperties, of which a value may stand in quotes ("..." or
/// '...'). A `#` in a value belongs to it. Finds all faults; throws nothing for any text.
ReadSettings readSettings(std::string_view text, const SettingNames& known);

/// The settings of `file`. Throws Error{InvalidParameter} with every fault on a line of its own, each with
/// file and line.
std::vector<Property> readSettingsFile(const std::filesystem::path& file, const SettingNames& known);

}  // namespace vbs
