#include "vbs_service/metadata/backup.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Transaction.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/model/error.h"
#include "common/system/descriptor.h"
#include "common/system/file_lock.h"
#include "vbs_service/metadata/connection.h"
#include "vbs_service/metadata/integrity.h"
#include "vbs_service/metadata/metadata_reader.h"

namespace vbs::metadata {
namespace {

using std::filesystem::path;
using system::Descriptor;

constexpr std::string_view kPrefix = ".vbs-backup-";
constexpr std::string_view kSuffix = ".tmp";
// What SQLite may put beside a database.
constexpr std::string_view kCompanions[]{"-journal", "-wal", "-shm"};

[[noreturn]] void throwErrno(const std::string& what) {
  throw Error(ErrorCode::InternalError, what + ": " + std::generic_category().message(errno));
}

[[noreturn]] void throwExists() {
  throw Error(ErrorCode::InvalidParameter, "there is such a file already: name another one");
}

path directoryOf(const path& file) {
  return file.has_parent_path() ? file.parent_path() : path(".");
}

/// Makes what has been done to the file or directory outlive a power cut.
void sync(const Descriptor& descriptor, const path& name) {
  if (::fsync(descriptor.get()) != 0) throwErrno("cannot write " + name.string() + " to the disk");
}

void removeCompanions(const path& file) {
  for (const std::string_view companion : kCompanions)
    ::unlink((file.string() + std::string(companion)).c_str());
}

/// A file under construction in the directory of the backup. Locked, so that nobody takes it for a left-over.
class UnfinishedBackup {
public:
  explicit UnfinishedBackup(const path& directory) {
    // Another backup may find it before it is locked, and remove it: then once more.
    while (!descriptor_.isOpen()) {
      std::string name = (directory / (std::string(kPrefix) + "XXXXXX" + std::string(kSuffix))).string();
      Descriptor made(::mkostemps(name.data(), static_cast<int>(kSuffix.size()), O_CLOEXEC));
      if (!made.isOpen()) throwErrno("cannot create a file in " + directory.string());
      try {
        if (!system::tryLock(made, name)) continue;
      } catch (const Error&) {
        ::unlink(name.c_str());
        throw;
      }
      if (::access(name.c_str(), F_OK) == 0) {
        descriptor_ = std::move(made);
        file_ = name;
      }
    }
  }
  ~UnfinishedBackup() {
    if (file_.empty()) return;
    removeCompanions(file_);
    ::unlink(file_.c_str());
  }
  UnfinishedBackup(const UnfinishedBackup&) = delete;
  UnfinishedBackup& operator=(const UnfinishedBackup&) = delete;

  const path& file() const noexcept { return file_; }

  std::int64_t size() const {
    struct stat status {};
    if (::fstat(descriptor_.get(), &status) != 0) throwErrno("cannot look at " + file_.string());
    return status.st_size;
  }

  /// Gives it its name, which must be free.
  void finish(const path& name) {
    sync(descriptor_, file_);
    rename(name);
    file_ = name;
    const path directory = directoryOf(name);
    sync(Descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), directory);
    file_.clear();
  }

private:
  void rename(const path& name) const {
    if (::renameat2(AT_FDCWD, file_.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0) return;
    if (errno == EEXIST) throwExists();
    // Not every file system can do that; NFS, for one.
    if (errno != EINVAL && errno != ENOSYS) throwErrno("cannot name it so");
    if (::link(file_.c_str(), name.c_str()) != 0) {
      if (errno == EEXIST) throwExists();
      throwErrno("cannot name it so");
    }
    ::unlink(file_.c_str());
  }

  Descriptor descriptor_;
  path file_;
};

/// False also where it cannot be told: on NFS a file that is open for reading cannot be locked.
bool isFree(const Descriptor& file, const path& name) {
  try {
    return system::tryLock(file, name);
  } catch (const Error&) {
    return false;
  }
}

/// Removes what backups into the directory left behind when they were killed: nobody has it locked any more.
void removeLeftOvers(const path& directory) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
    const Descriptor leftOver(::open(entry.path().c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!leftOver.isOpen() || !isFree(leftOver, entry.path())) continue;
    removeCompanions(entry.path());
    ::unlink(entry.path().c_str());
  }
}

void copyDatabase(const path& from, const path& to) {
  Connection source(from.string(), Connection::Mode::ReadOnly);
  // What is half done is thrown away, and what is done is written to the disk before it gets its name.
  SQLite::Database copy(to.string(), SQLite::OPEN_READWRITE);
  copy.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
  // All at once is in one read transaction: the writers go on, and what they write does not get in.
  SQLite::Backup backup(copy, source.database());
  const int result = backup.executeStep();
  if (result != SQLITE_DONE) throw SQLite::Exception(::sqlite3_errstr(result), result);
}

/// The database is in WAL mode, and that is written in it. A backup is to be one file.
void leaveWalMode(const path& file) {
  SQLite::Database copy(file.string(), SQLite::OPEN_READWRITE);
  const std::string mode = copy.execAndGet("PRAGMA locking_mode = EXCLUSIVE").getString() == "exclusive"
                               ? copy.execAndGet("PRAGMA journal_mode = DELETE").getString()
                               : std::string();
  if (mode != "delete") throw Error(ErrorCode::InternalError, "the copy cannot leave SQLite's WAL mode");
}

/// So that a service that is started with it knows that the real world went on without it. As in
/// copyDatabase: what is half done is thrown away.
void markAsBackup(const path& file) {
  SQLite::Database copy(file.string(), SQLite::OPEN_READWRITE);
  copy.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
  copy.exec("PRAGMA application_id = " + std::to_string(kBackupMark));
}

void requireWhole(const path& file, std::span<const OperationKind> kinds) {
  Connection copy(file.string(), Connection::Mode::ReadOnly);
  const SQLite::Transaction transaction(copy.database());
  requireIntact(copy);
  requireConsistent(copy, kinds);
}

}  // namespace

std::int64_t backUp(const std::filesystem::path& database, const std::filesystem::path& file,
                    std::span<const OperationKind> kinds) {
  try {
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) throwExists();
    removeLeftOvers(directoryOf(file));
    UnfinishedBackup unfinished(directoryOf(file));
    copyDatabase(database, unfinished.file());
    leaveWalMode(unfinished.file());
    markAsBackup(unfinished.file());
    removeCompanions(unfinished.file());  // none, unless the disk refused that
    requireWhole(unfinished.file(), kinds);
    const std::int64_t size = unfinished.size();
    unfinished.finish(file);
    return size;
  } catch (const Error& error) {
    throw error.withMessage("backup of the metadata to " + file.string() + ": " + error.what());
  } catch (const std::exception& error) {
    throw Error(ErrorCode::InternalError, "backup of the metadata to " + file.string() + ": " + error.what());
  }
}

}  // namespace vbs::metadata
