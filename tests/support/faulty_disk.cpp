#include "support/faulty_disk.h"

#include <sqlite3.h>

#include <cstddef>
#include <limits>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <vector>

namespace vbs::support {
namespace {

constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();
constexpr const char* kName = "faulty-disk";
// A disk writes a sector whole or not at all.
constexpr int kSector = 512;

/// For sqlite3_auto_extension, which takes no argument of ours.
int checkpointPages = 0;

int setCheckpointPages(unsigned /*event*/, void* /*context*/, void* statement, void* /*sql*/) {
  return ::sqlite3_wal_autocheckpoint(::sqlite3_db_handle(static_cast<sqlite3_stmt*>(statement)),
                                      checkpointPages);
}

/// At the first statement of a new connection: before that, opening it sets SQLite's own number.
int watchForStatements(sqlite3* database, char** /*message*/, const void* /*routines*/) {
  return ::sqlite3_trace_v2(database, SQLITE_TRACE_STMT, setCheckpointPages, nullptr);
}

void (*const kWatchForStatements)() = reinterpret_cast<void (*)()>(watchForStatements);

/// What a change comes to.
enum class Verdict {
  Do,
  DoHalf,  ///< and then fail
  Refuse,
};

}  // namespace

class FaultyDisk::State {
public:
  State() : base_(::sqlite3_vfs_find(nullptr)) {
    if (base_ == nullptr) throw std::runtime_error("SQLite has no file system");
    vfs_ = *base_;
    vfs_.pNext = nullptr;
    vfs_.zName = kName;
    vfs_.pAppData = this;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + base_->szOsFile;
    vfs_.xOpen = open;
    vfs_.xDelete = remove;
    if (::sqlite3_vfs_register(&vfs_, 1) != SQLITE_OK)
      throw std::runtime_error("sqlite3_vfs_register failed");
  }
  ~State() {
    ::sqlite3_cancel_auto_extension(kWatchForStatements);
    ::sqlite3_vfs_unregister(&vfs_);
    ::sqlite3_vfs_register(base_, 1);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void fail(std::size_t n, DiskFault fault, bool lasting) {
    const std::lock_guard lock(mutex_);
    changes_ = 0;
    strikesAt_ = n;
    fault_ = fault;
    lasting_ = lasting;
    struck_ = false;
  }
  void onStrike(std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    onStrike_ = std::move(call);
  }
  bool struck() const {
    const std::lock_guard lock(mutex_);
    return struck_;
  }
  std::size_t changes() const {
    const std::lock_guard lock(mutex_);
    return changes_;
  }

private:
  /// What SQLite calls a file: ours, and behind it the real one's.
  struct File {
    sqlite3_file base;
    State* state;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  /// What a write of a file replaced, until the next sync.
  struct Replaced {
    sqlite3_int64 offset;
    std::vector<std::byte> bytes;
    sqlite3_int64 size;  ///< of the file before
  };

  void remember(sqlite3_file* file, int amount, sqlite3_int64 offset) {
    Replaced replaced{offset, std::vector<std::byte>(static_cast<std::size_t>(amount)), 0};
    real(file)->pMethods->xFileSize(real(file), &replaced.size);
    real(file)->pMethods->xRead(real(file), replaced.bytes.data(), amount, offset);
    const std::lock_guard lock(mutex_);
    unsynced_[file].push_back(std::move(replaced));
  }
  void forget(sqlite3_file* file) {
    const std::lock_guard lock(mutex_);
    unsynced_.erase(file);
  }
  void loseUnsynced() {
    for (auto& [file, writes] : unsynced_) {
      for (; !writes.empty(); writes.pop_back()) {
        const Replaced& last = writes.back();
        real(file)->pMethods->xWrite(real(file), last.bytes.data(), static_cast<int>(last.bytes.size()),
                                     last.offset);
        real(file)->pMethods->xTruncate(real(file), last.size);
      }
    }
    unsynced_.clear();
  }

  Verdict change() {
    std::function<void()> call;
    Verdict verdict = Verdict::Do;
    {
      const std::lock_guard lock(mutex_);
      ++changes_;
      if (changes_ < strikesAt_ || (changes_ > strikesAt_ && !lasting_)) return Verdict::Do;
      const bool first = changes_ == strikesAt_;
      const bool halves =
          fault_ == DiskFault::Full || fault_ == DiskFault::IoError || (fault_ == DiskFault::Death && first);
      if (fault_ == DiskFault::PowerCut && first) loseUnsynced();
      verdict = halves ? Verdict::DoHalf : Verdict::Refuse;
      struck_ = true;
      if (first) call = onStrike_;
    }
    if (call) call();
    return verdict;
  }

  /// What SQLite's own file systems answer a write that was not done. All other changes that are refused
  /// answer a code of their own, whatever the reason.
  int refusedWrite() const {
    const std::lock_guard lock(mutex_);
    switch (fault_) {
      case DiskFault::Full:
        return SQLITE_FULL;
      case DiskFault::ReadOnly:
        return SQLITE_READONLY;
      default:
        return SQLITE_IOERR_WRITE;
    }
  }

  static State& of(sqlite3_file* file) { return *reinterpret_cast<File*>(file)->state; }
  static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* outFlags) {
    State& state = *static_cast<State*>(vfs->pAppData);
    auto* const own = ::new (static_cast<void*>(file)) File{{nullptr}, &state};
    if ((flags & SQLITE_OPEN_CREATE) != 0 && state.change() != Verdict::Do) return SQLITE_CANTOPEN;
    const int result = state.base_->xOpen(state.base_, name, own->real(), flags, outFlags);
    if (own->real()->pMethods != nullptr) own->base.pMethods = methods();
    return result;
  }
  static int remove(sqlite3_vfs* vfs, const char* name, int syncDirectory) {
    State& state = *static_cast<State*>(vfs->pAppData);
    if (state.change() != Verdict::Do) return SQLITE_IOERR_DELETE;
    return state.base_->xDelete(state.base_, name, 0 * syncDirectory);
  }

  static int close(sqlite3_file* file) {
    of(file).forget(file);
    return real(file)->pMethods->xClose(real(file));
  }
  static int read(sqlite3_file* file, void* buffer, int amount, sqlite3_int64 offset) {
    return real(file)->pMethods->xRead(real(file), buffer, amount, offset);
  }
  static int write(sqlite3_file* file, const void* buffer, int amount, sqlite3_int64 offset) {
    const Verdict verdict = of(file).change();
    if (verdict == Verdict::Do) of(file).remember(file, amount, offset);
    if (verdict == Verdict::Do) return real(file)->pMethods->xWrite(real(file), buffer, amount, offset);
    if (verdict == Verdict::DoHalf && amount > kSector)
      real(file)->pMethods->xWrite(real(file), buffer, amount / 2, offset);
    return of(file).refusedWrite();
  }
  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (of(file).change() != Verdict::Do) return SQLITE_IOERR_TRUNCATE;
    return real(file)->pMethods->xTruncate(real(file), size);
  }
  static int sync(sqlite3_file* file, int /*flags*/) {
    if (of(file).change() != Verdict::Do) return SQLITE_IOERR_FSYNC;
    of(file).forget(file);
    return SQLITE_OK;
  }
  static int fileSize(sqlite3_file* file, sqlite3_int64* size) {
    return real(file)->pMethods->xFileSize(real(file), size);
  }
  static int lock(sqlite3_file* file, int kind) { return real(file)->pMethods->xLock(real(file), kind); }
  static int unlock(sqlite3_file* file, int kind) { return real(file)->pMethods->xUnlock(real(file), kind); }
  static int checkReservedLock(sqlite3_file* file, int* result) {
    return real(file)->pMethods->xCheckReservedLock(real(file), result);
  }
  static int fileControl(sqlite3_file* file, int operation, void* argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
  }
  static int sectorSize(sqlite3_file* file) { return real(file)->pMethods->xSectorSize(real(file)); }
  static int characteristics(sqlite3_file* file) {
    return real(file)->pMethods->xDeviceCharacteristics(real(file));
  }
  static int shmMap(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
    if (extend != 0 && of(file).change() != Verdict::Do) return SQLITE_IOERR_SHMSIZE;
    return real(file)->pMethods->xShmMap(real(file), page, size, extend, memory);
  }
  static int shmLock(sqlite3_file* file, int offset, int count, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
  }
  static void shmBarrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
  static int shmUnmap(sqlite3_file* file, int remove) {
    return real(file)->pMethods->xShmUnmap(real(file), remove);
  }

  /// Version 2: without the memory-mapped reads of version 3.
  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods kMethods{
        .iVersion = 2,
        .xClose = close,
        .xRead = read,
        .xWrite = write,
        .xTruncate = truncate,
        .xSync = sync,
        .xFileSize = fileSize,
        .xLock = lock,
        .xUnlock = unlock,
        .xCheckReservedLock = checkReservedLock,
        .xFileControl = fileControl,
        .xSectorSize = sectorSize,
        .xDeviceCharacteristics = characteristics,
        .xShmMap = shmMap,
        .xShmLock = shmLock,
        .xShmBarrier = shmBarrier,
        .xShmUnmap = shmUnmap,
        .xFetch = nullptr,
        .xUnfetch = nullptr,
    };
    return &kMethods;
  }

  sqlite3_vfs* const base_;
  sqlite3_vfs vfs_{};
  mutable std::mutex mutex_;
  std::size_t changes_ = 0;
  std::size_t strikesAt_ = kNever;
  DiskFault fault_ = DiskFault::Full;
  bool lasting_ = true;
  bool struck_ = false;
  std::function<void()> onStrike_;
  std::map<sqlite3_file*, std::vector<Replaced>> unsynced_;
};

FaultyDisk::FaultyDisk() : state_(std::make_unique<State>()) {}
FaultyDisk::~FaultyDisk() = default;

void FaultyDisk::failFrom(std::size_t n, DiskFault fault) {
  state_->fail(n, fault, true);
}
void FaultyDisk::failOnce(std::size_t n, DiskFault fault) {
  state_->fail(n, fault, false);
}
void FaultyDisk::heal() {
  state_->fail(kNever, DiskFault::Full, false);
}
void FaultyDisk::checkpointEvery(int pages) {
  checkpointPages = pages;
  ::sqlite3_auto_extension(kWatchForStatements);
}
void FaultyDisk::onStrike(std::function<void()> call) {
  state_->onStrike(std::move(call));
}
bool FaultyDisk::struck() const {
  return state_->struck();
}
std::size_t FaultyDisk::changes() const {
  return state_->changes();
}

std::string toString(DiskFault fault) {
  switch (fault) {
    case DiskFault::Full:
      return "a full disk";
    case DiskFault::IoError:
      return "an I/O error";
    case DiskFault::ReadOnly:
      return "a read-only file system";
    case DiskFault::Death:
      return "death";
    case DiskFault::PowerCut:
      return "a power cut";
  }
  return {};
}

}  // namespace vbs::support
