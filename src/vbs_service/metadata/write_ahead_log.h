#pragma once

#include <filesystem>

namespace vbs::metadata {

/// Looks for damage of a database's write-ahead log that SQLite passes over in silence: it reads the log up
/// to the first frame whose checksum is wrong, as a power cut may leave the last transaction, and drops
/// whatever was committed after it. To be called before SQLite opens the file. Throws Error{InternalError}
/// when more than that last transaction would be dropped, when the log's header is damaged, or when the log
/// is there and its database is not (SQLite would remove it). Changes nothing.
void requireIntactLog(const std::filesystem::path& database);

}  // namespace vbs::metadata
