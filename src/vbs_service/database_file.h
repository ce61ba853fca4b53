#pragma once

#include <filesystem>

namespace vbs::service {

/// Keeps a typing error in the path of the database from becoming a new, empty database, with which the
/// service would know none of its volumes. True when `file` is to be made anew. Throws
/// Error{InvalidParameter} when its directory is not there. Unless `mayCreate`, also throws it when `file` is
/// missing in two cases:
/// - FILE.lock says that there was one.
/// - An SQLite database with nearly the same name is beside it, which was probably meant.
bool isNewDatabase(const std::filesystem::path& file, bool mayCreate);

}  // namespace vbs::service
