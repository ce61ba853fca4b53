#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace vbs {

/// A database file in a directory of its own, removed at the end.
class TemporaryDatabase {
public:
  TemporaryDatabase() : TemporaryDatabase(std::filesystem::temp_directory_path()) {}
  explicit TemporaryDatabase(const std::filesystem::path& parent) {
    std::string pattern = (parent / "vbs-metadata-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    directory_ = pattern;
  }
  ~TemporaryDatabase() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  TemporaryDatabase(const TemporaryDatabase&) = delete;
  TemporaryDatabase& operator=(const TemporaryDatabase&) = delete;

  std::filesystem::path file() const { return directory_ / "vbs.db"; }
  const std::filesystem::path& directory() const { return directory_; }

private:
  std::filesystem::path directory_;
};

}  // namespace vbs
