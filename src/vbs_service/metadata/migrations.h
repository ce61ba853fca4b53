#pragma once

#include <span>
#include <string_view>

#include "vbs_service/metadata/connection.h"

namespace vbs::metadata {

/// The SQL that brings a database from each version to the next, the first from an empty file to version 1.
std::span<const std::string_view> migrations();

/// Throws Error{InternalError} for a database that a newer program made, which says so in PRAGMA
/// user_version, or that is none of ours.
void requireKnownVersion(Connection& connection, std::span<const std::string_view> migrations);

/// Brings a database of a known version to the newest. To be called in a transaction, for a version between
/// two is of use to nobody, and while foreign keys are not enforced, for a table may take the place of
/// another. Throws SQLite::Exception, and Error{InternalError} when a foreign key is broken afterwards.
void migrate(Connection& connection, std::span<const std::string_view> migrations);

}  // namespace vbs::metadata
