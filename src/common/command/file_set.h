#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "common/command/diagnostic.h"
#include "common/command/place.h"
#include "common/command/seen_file.h"

namespace vbs::command {

/// A pattern file and the files that it includes, and what they say together. What a file says itself holds
/// over what it includes; what two of its includes say differently is a fault.
struct FileSet {
  std::vector<PlacedProperty> properties;  ///< those that hold, each key once, ordered as isBefore says
  std::vector<Diagnostic> faults;          ///< of the texts and of the includes
  std::vector<SeenFile> files;             ///< as they were before they were read; the pattern file first
  bool isWhole = true;  ///< false when one of the files gives nothing, so that what is missing is no fault

  /// By file, in the order in which they were read, then by line.
  bool isBefore(const Place& one, const Place& other) const;
};

/// Reads `file` and what it includes. Throws nothing for what is wrong with any of them.
FileSet readFileSet(const std::filesystem::path& file);

/// The same for a text that is at hand; `file` is for the messages, and where its includes are looked for.
FileSet readFileSet(std::string_view text, const std::filesystem::path& file);

}  // namespace vbs::command
