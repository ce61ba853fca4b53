#pragma once

#include <filesystem>

namespace vbs::service {

/// Keeps a typing error in the path of the database from becoming a new, empty database, with which the
/// service would know none of its volumes. True when `file` is to be made anew. Throws
/// Error{InvalidParameter} when its directory is not there; and, unless `mayCreate`, when it is missing where
/// something says that there was one (FILE.lock), or that another one is meant (an SQLite database beside it
/// whose name is nearly the same).
bool isNewDatabase(const std::filesystem::path& file, bool mayCreate);

}  // namespace vbs::service
