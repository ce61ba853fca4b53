#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace vbs::support {

/// What a disk does to SQLite when it is not well. A write by half is one of more than a sector.
enum class DiskFault {
  Full,      ///< half of a write gets there, then there is no room; nothing is made or grown
  IoError,   ///< half of a write gets there; nothing is written back, cut short or removed
  ReadOnly,  ///< the file system was remounted so by the kernel
  Death,     ///< the process dies at this moment: half of a write gets there, and nothing after it
  PowerCut,  ///< the machine dies: what was not synced is lost too
};

/// The file system that SQLite uses by default in this process while it lives: the real one, which fails on
/// demand at the n-th change (an open that may create, a write, a sync, a truncation, a removal, a growth of
/// the WAL's index). Syncs are counted, and save the real one, which a process that lives on does not need.
/// One at a time; databases opened with it must be closed before it goes. Thread-safe.
class FaultyDisk {
public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// The n-th change from now (1: the next) strikes, and all changes after it too, until heal().
  void failFrom(std::size_t n, DiskFault fault);
  /// Only the n-th change from now strikes.
  void failOnce(std::size_t n, DiskFault fault);
  /// Well again. What was lost stays lost.
  void heal();
  /// Connections opened from now on copy the log into the database whenever it has so many pages; SQLite's
  /// own choice is 1000.
  void checkpointEvery(int pages);
  /// Called when the fault strikes first, by the thread that it strikes, before SQLite hears of it.
  void onStrike(std::function<void()> call);

  /// True once the fault has struck.
  bool struck() const;
  /// How many changes there were since the last failFrom, failOnce or heal.
  std::size_t changes() const;

  class State;

private:
  std::unique_ptr<State> state_;
};

std::string toString(DiskFault fault);

}  // namespace vbs::support
