#pragma once

#include <filesystem>
#include <string>

namespace vbs {

/// Where backups of the metadata may be written, whatever an administrator asks for. Immutable.
class BackupDirectory {
public:
  /// `directory`: empty for the database's own.
  BackupDirectory(const std::filesystem::path& directory, const std::filesystem::path& database);

  /// The absolute path of a backup. `file`: a name, or an absolute path of a file right in the directory.
  /// Throws InvalidParameter for anything else, hidden files and the names that SQLite and the service use
  /// beside the database.
  std::filesystem::path place(const std::string& file) const;

private:
  std::filesystem::path directory_;
  std::filesystem::path database_;
};

}  // namespace vbs
