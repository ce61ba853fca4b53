#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "vbs_service/metadata/operation_kind.h"

namespace vbs::metadata {

/// Copies the database as of one moment into a new file of its own that needs no log, readable by its owner
/// only, while others read and write the database. The file gets its name only once it is complete, on the
/// disk and found whole; until then it is a ".vbs-backup-*" beside it. Those that a backup left behind when
/// it was killed are removed by the next one in that directory. `kinds`: of the operations that there are.
/// Returns the size in bytes.
///
/// Throws Error{InvalidParameter} when the file exists, Error{InternalError} otherwise (no such directory, no
/// permission, no room, the database is damaged); nothing is left behind then. Thread-safe.
std::int64_t backUp(const std::filesystem::path& database, const std::filesystem::path& file,
                    std::span<const OperationKind> kinds);

}  // namespace vbs::metadata
