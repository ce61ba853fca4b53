#include "vbs_service/backup_directory.h"

#include <string_view>

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxNameBytes = 255;
// The database itself and the names beside it. SQLite or the service would take a file with such a name for
// its own.
constexpr std::string_view kCompanions[]{"", "-wal", "-shm", "-journal", ".lock"};

fs::path absoluteOf(const fs::path& path) {
  return fs::absolute(path).lexically_normal();
}

fs::path withoutSlash(const fs::path& directory) {
  return directory.has_filename() ? directory : directory.parent_path();
}

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw Error(ErrorCode::InvalidParameter, "\"" + printable(file) + "\" names no backup: " + why);
}

}  // namespace

BackupDirectory::BackupDirectory(const fs::path& directory, const fs::path& database)
    : directory_(
          withoutSlash(directory.empty() ? absoluteOf(database).parent_path() : absoluteOf(directory))),
      database_(absoluteOf(database)) {}

fs::path BackupDirectory::place(const std::string& file) const {
  if (!isXmlText(file) || file.find_first_of("\t\n\r") != std::string::npos) {
    refuse(file, "it holds control characters");
  }
  const fs::path asked(file);
  const fs::path name = asked.filename();
  const bool isName = asked == name;
  if (!isName && asked.parent_path() != directory_) {
    refuse(file, "expected a name, or an absolute path in " + directory_.string());
  }
  if (name.empty() || name.string().starts_with('.') || name.string().size() > kMaxNameBytes) {
    refuse(file, "expected a name of 1 to 255 bytes that does not begin with a dot");
  }
  fs::path place = directory_ / name;
  for (const std::string_view companion : kCompanions) {
    if (place == database_.string() + std::string(companion)) refuse(file, "the database needs that name");
  }
  return place;
}

}  // namespace vbs
