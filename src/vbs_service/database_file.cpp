#include "vbs_service/database_file.h"

#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "common/model/error.h"
#include "common/properties/nearest.h"

namespace vbs::service {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
  throw Error(ErrorCode::InvalidParameter, "database " + file.string() + ": " + why);
}

bool isDatabase(const fs::path& file) {
  constexpr std::string_view kMagic = "SQLite format 3";  // https://sqlite.org/fileformat.html, section 1.3
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return false;
  std::string begin(kMagic.size(), '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return stream && begin == kMagic;
}

/// The name of the database in `directory` that `name` was most likely meant to be.
std::optional<std::string> likelyMeant(const fs::path& directory, const std::string& name) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (isDatabase(entry->path())) names.push_back(entry->path().filename().string());
  }
  return nearest(name, names);
}

}  // namespace

bool isNewDatabase(const fs::path& file, bool mayCreate) {
  constexpr const char* kHowToMakeOne =
      "; to begin with a new, empty one, add --create-database to the command line";
  std::error_code error;
  if (fs::exists(file, error)) return false;
  const fs::path directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!fs::is_directory(directory, error)) {
    refuse(file, "there is no directory " + directory.string() + ": mend the path, mount it, or make it");
  }
  if (mayCreate) return true;
  const fs::path lock = file.string() + ".lock";
  if (fs::exists(lock, error)) {
    refuse(file,
           "is missing, but " + lock.string() + " shows that it was there: bring it back" + kHowToMakeOne);
  }
  if (const auto meant = likelyMeant(directory, file.filename().string())) {
    refuse(file, "is missing; did you mean " + (directory / *meant).string() + "?" + kHowToMakeOne);
  }
  return true;
}

}  // namespace vbs::service
