#pragma once

#include <span>

#include "vbs_service/metadata/connection.h"
#include "vbs_service/metadata/operation_kind.h"

namespace vbs::metadata {

/// SQLite's own checks: every page and index is whole (PRAGMA integrity_check) and every reference leads to a
/// row (foreign_key_check). Throws Error{InternalError} that names the first few findings; SQLite::Exception
/// when the file cannot be read at all. Changes nothing.
void requireIntact(Connection& connection);

/// The second of these alone.
void requireReferences(Connection& connection);

/// What the tables of the newest schema say of each other, and that every row can be read: a volume that is
/// on its way has an operation that owns it, an attachment fits its volume's status, an open operation is
/// about something that exists and waits for it, and so on. `kinds`: of the operations that there are; one of
/// another kind belongs to a newer program, and is about something that exists at least. Without kinds,
/// operations are not looked at. Errors as above.
void requireConsistent(Connection& connection, std::span<const OperationKind> kinds);

}  // namespace vbs::metadata
