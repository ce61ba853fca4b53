#pragma once

#include <span>
#include <string_view>

#include "vbs_service/metadata/connection.h"

namespace vbs::metadata {

/// The SQL that brings a database from each version to the next, the first from an empty file to version 1.
std::span<const std::string_view> migrations();

/// Brings the database to the newest version, each migration in one transaction; the version is kept in
/// PRAGMA user_version. Throws Error{InternalError} for a database that a newer program made or that is none
/// of ours, without changing it; SQLite::Exception otherwise.
void migrate(Connection& connection, std::span<const std::string_view> migrations);

}  // namespace vbs::metadata
