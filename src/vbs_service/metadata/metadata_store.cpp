#include "vbs_service/metadata/metadata_store.h"

#include <SQLiteCpp/Transaction.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <span>
#include <string>

#include "common/model/error.h"
#include "common/system/descriptor.h"
#include "common/system/file_lock.h"
#include "vbs_service/metadata/backup.h"
#include "vbs_service/metadata/connection.h"
#include "vbs_service/metadata/integrity.h"
#include "vbs_service/metadata/migrations.h"
#include "vbs_service/metadata/write_ahead_log.h"

namespace vbs::metadata {
namespace {

/// Held while a store has its file, so that two services never roll back each other's operations. A file of
/// its own: closing any descriptor of the database itself would drop SQLite's locks (fcntl(2)).
class FileLock {
public:
  explicit FileLock(const std::string& file)
      : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (!descriptor_.isOpen()) {
      throw Error(ErrorCode::InternalError, "cannot create " + file + ": " + std::strerror(errno));
    }
    if (!system::tryLock(descriptor_, file)) {
      throw Error(ErrorCode::InternalError, "is in use by another VBS Service (it holds " + file + ")");
    }
  }

private:
  system::Descriptor descriptor_;
};

std::string describe(const std::filesystem::path& file, const std::exception& error) {
  return "metadata store " + file.string() + ": " + error.what();
}

/// Runs `body`, and names the file in what goes wrong with it.
template <class Body>
auto namingFile(const std::filesystem::path& file, Body body) {
  try {
    return body();
  } catch (const SQLite::Exception& error) {
    throw Error(ErrorCode::InternalError, describe(file, error));
  } catch (const Error& error) {
    throw error.withMessage(describe(file, error));
  }
}

/// Runs a check, and adds the way out to the damage that it finds.
template <class Check>
void refusingDamage(Check check) {
  constexpr const char* kWayOut =
      "; nothing was changed. Restore a backup: move the file and its -wal and -shm away, copy the backup to "
      "its "
      "place, start again (docs/metadata.md)";
  try {
    check();
  } catch (const SQLite::Exception& error) {
    const int code = error.getErrorCode();
    if (code != SQLITE_CORRUPT && code != SQLITE_NOTADB) throw;
    throw Error(ErrorCode::InternalError,
                std::string(code == SQLITE_CORRUPT ? "is damaged: " : "") + error.what() + kWayOut);
  } catch (const Error& error) {
    throw error.withMessage(error.what() + std::string(kWayOut));
  }
}

/// Rows from before VMM hostnames were kept in lower case, or of a backup from then.
void foldHostnames(Connection& connection) {
  connection.database().exec(
      "UPDATE OR IGNORE attachments SET vmm_hostname = lower(vmm_hostname) "
      "WHERE vmm_hostname <> lower(vmm_hostname)");
}

/// The connection that writes, to a database that is whole and of the newest version. One that is refused
/// stays byte for byte as it is.
std::unique_ptr<Connection> openWriter(const std::string& file, std::span<const OperationKind> kinds) {
  refusingDamage([&] { requireIntactLog(file); });
  std::unique_ptr<Connection> writer;
  refusingDamage([&] { writer = std::make_unique<Connection>(file, Connection::Mode::ReadWrite); });
  writer->keepLogOnClose(true);
  requireKnownVersion(*writer, migrations());
  writer->enforceForeignKeys(false);  // migrate() checks them
  {
    SQLite::Transaction transaction(writer->database(), SQLite::TransactionBehavior::IMMEDIATE);
    refusingDamage([&] { requireIntact(*writer); });
    migrate(*writer, migrations());
    foldHostnames(*writer);
    // SQLite opens a file that may not be written as one to read: better found now than by the first call.
    writer->database().exec("DELETE FROM ids WHERE FALSE");
    refusingDamage([&] { requireConsistent(*writer, kinds); });
    transaction.commit();
  }
  writer->enforceForeignKeys(true);
  // Only now that the file is known to be ours: the mode is written into it.
  const std::string mode = writer->database().execAndGet("PRAGMA journal_mode = WAL").getString();
  if (mode != "wal") {
    throw Error(ErrorCode::InternalError,
                "its file system does not allow SQLite's WAL mode: put it on a local disk");
  }
  writer->keepLogOnClose(false);
  return writer;
}

}  // namespace

class MetadataStore::Impl {
public:
  Impl(const std::string& file, std::vector<OperationKind> known, UuidSource source,
       system::Scheduler& scheduler)
      : kinds(std::move(known)),
        clock(scheduler),
        lock(file + ".lock"),
        writerMutex(scheduler),
        writer(openWriter(file, kinds)),
        readerMutex(scheduler),
        reader(file, Connection::Mode::ReadOnly),
        uuids(std::move(source)),
        backupMutex(scheduler) {}

  const std::vector<OperationKind> kinds;
  const system::Clock& clock;
  FileLock lock;
  system::Mutex writerMutex;
  const std::unique_ptr<Connection> writer;
  system::Mutex readerMutex;
  Connection reader;
  UuidSource uuids;
  system::Mutex backupMutex;

  void recordWrite(const std::optional<std::string>& failure) {
    const std::lock_guard lock(lastWriteMutex);
    lastWriteFailure = failure;
  }
  std::mutex lastWriteMutex;
  std::optional<std::string> lastWriteFailure;
};

MetadataStore::MetadataStore(std::filesystem::path file, std::vector<OperationKind> kinds, UuidSource uuids,
                             system::Scheduler& scheduler)
    : file_(std::move(file)), impl_(namingFile(file_, [&] {
        return std::make_unique<Impl>(file_.string(), std::move(kinds), std::move(uuids), scheduler);
      })) {}

MetadataStore::~MetadataStore() = default;

void MetadataStore::inRead(const std::function<void(const MetadataReader&)>& body) {
  const std::lock_guard lock(impl_->readerMutex);
  try {
    const SQLite::Transaction transaction(impl_->reader.database());
    body(MetadataReader(impl_->reader));
  } catch (const SQLite::Exception& error) {
    throw Error(ErrorCode::InternalError, describe(file_, error));
  }
}

void MetadataStore::inWrite(const std::function<void(MetadataWriter&)>& body) {
  const std::lock_guard lock(impl_->writerMutex);
  try {
    SQLite::Transaction transaction(impl_->writer->database(), SQLite::TransactionBehavior::IMMEDIATE);
    MetadataWriter writer(*impl_->writer, impl_->uuids, impl_->clock);
    body(writer);
    transaction.commit();
    impl_->recordWrite(std::nullopt);
  } catch (const SQLite::Exception& error) {
    const std::string reason = describe(file_, error);
    impl_->recordWrite(reason);
    throw Error(ErrorCode::InternalError, reason);
  }
}

std::optional<std::string> MetadataStore::lastWriteFailure() const {
  const std::lock_guard lock(impl_->lastWriteMutex);
  return impl_->lastWriteFailure;
}

void MetadataStore::probe() {
  inWrite([this](MetadataWriter&) {
    SQLite::Database& database = impl_->writer->database();
    const int version = database.execAndGet("PRAGMA user_version").getInt();
    database.exec("PRAGMA user_version = " + std::to_string(version));
  });
}

std::int64_t MetadataStore::backup(const std::filesystem::path& file) {
  const std::lock_guard lock(impl_->backupMutex);
  return backUp(file_, file, impl_->kinds);
}

std::span<const OperationKind> MetadataStore::kinds() const noexcept {
  return impl_->kinds;
}

}  // namespace vbs::metadata
