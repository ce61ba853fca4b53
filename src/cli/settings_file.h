#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/invocation.h"

namespace vbs::cli {

/// What the file given with --config says.
struct FileSettings {
  std::optional<std::string> endpoint;
  std::optional<OutputFormat> format;
  std::optional<bool> verbose;
};

/// Throws Error{InvalidParameter} that names the file and, for each fault, its line.
FileSettings readFileSettings(const std::filesystem::path& file);

}  // namespace vbs::cli
