#pragma once

#include <filesystem>

namespace vbs::metadata {

/// Looks for damage of a database's write-ahead log that SQLite passes over in silence: it reads the log up
/// to the first frame whose checksum is wrong, as a power cut may leave the last transaction, and drops
/// whatever was committed after it. To be called before SQLite opens the file. Throws Error{InternalError}
/// when a transaction would be dropped that another one was written after, so that it was committed; when the
/// log's header is damaged; or when the log is there and its database is not (SQLite would remove it). What
/// failed or torn transactions left behind is no damage. Changes nothing.
void requireIntactLog(const std::filesystem::path& database);

}  // namespace vbs::metadata
