#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/model/uuid.h"
#include "common/system/thread_scheduler.h"
#include "vbs_service/metadata/metadata_writer.h"
#include "vbs_service/metadata/operation_kind.h"

namespace vbs::metadata {

/// The metadata of the VBS Service: one SQLite file in WAL mode, every commit durable (synchronous=FULL).
/// Writers wait for each other; readers have a connection of their own and never wait for a commit.
/// Thread-safe.
///
/// What SQLite reports (disk full, read-only, locked) is thrown as Error{InternalError} with the file's name,
/// after the transaction was rolled back.
class MetadataStore {
public:
  /// Opens or creates the file, checks that it is whole and brings its schema up to date. Throws
  /// Error{InternalError}, and leaves the file as it is, when it cannot be opened or written, is none of
  /// ours, is damaged, was made by a newer program or is in use by another VBS Service (a lock on FILE.lock
  /// tells). `kinds`: of the operations that there are; without them, statuses are not held against it.
  explicit MetadataStore(std::filesystem::path file, std::vector<OperationKind> kinds = {},
                         UuidSource uuids = randomUuid,
                         system::Scheduler& scheduler = system::threadScheduler());
  ~MetadataStore();
  MetadataStore(const MetadataStore&) = delete;
  MetadataStore& operator=(const MetadataStore&) = delete;

  const std::filesystem::path& file() const noexcept { return file_; }
  std::span<const OperationKind> kinds() const noexcept;

  /// Runs `body(const MetadataReader&)` in one read transaction and returns what it returns. `body` must not
  /// call the store.
  template <class Body>
  auto read(Body&& body) {
    return returning<std::invoke_result_t<Body, const MetadataReader&>, const MetadataReader&>(
        [this](const auto& run) { inRead(run); }, std::forward<Body>(body));
  }

  /// Runs `body(MetadataWriter&)` in one write transaction, commits it and returns what `body` returned;
  /// whatever it throws rolls the transaction back. `body` must not call the store.
  template <class Body>
  auto write(Body&& body) {
    return returning<std::invoke_result_t<Body, MetadataWriter&>, MetadataWriter&>(
        [this](const auto& run) { inWrite(run); }, std::forward<Body>(body));
  }

  /// Why the newest write failed, for health checks; nothing when it did not, or was undone by its own body.
  /// Does not wait for a write.
  std::optional<std::string> lastWriteFailure() const;
  /// Writes what is there already, to learn whether that works. Throws as write().
  void probe();

  /// A copy of the metadata as of one moment, in a new file; reads and writes go on meanwhile. See backup.h
  /// for what it returns and throws. Backups wait for each other.
  std::int64_t backup(const std::filesystem::path& file);

private:
  template <class Result, class Access, class Enter, class Body>
  static Result returning(Enter enter, Body&& body) {
    if constexpr (std::is_void_v<Result>) {
      enter([&](Access access) { body(access); });
    } else {
      std::optional<Result> result;
      enter([&](Access access) { result.emplace(body(access)); });
      return std::move(*result);
    }
  }

  void inRead(const std::function<void(const MetadataReader&)>& body);
  void inWrite(const std::function<void(MetadataWriter&)>& body);

  class Impl;
  std::filesystem::path file_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vbs::metadata
