#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace vbs::command {

/// A file as it was when this was made, so that a later change of it is seen. It need not be there.
class SeenFile {
public:
  explicit SeenFile(std::filesystem::path path);

  const std::filesystem::path& path() const noexcept { return path_; }

  /// True when the file is another one now, has other contents, has come or gone.
  bool hasChanged() const;

  /// False when the file had just been written: a write since then may not show.
  bool isSettled() const noexcept { return isSettled_; }

private:
  /// What tells one state of a file from another.
  struct Stamp {
    std::int64_t modifiedNs;
    std::int64_t changedNs;
    off_t size;
    ino_t inode;
    bool operator==(const Stamp&) const = default;
  };
  static std::optional<Stamp> stampOf(const std::filesystem::path& path);

  std::filesystem::path path_;
  std::optional<Stamp> stamp_;  ///< no value: there is no file
  bool isSettled_;
};

}  // namespace vbs::command
