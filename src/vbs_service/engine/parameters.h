#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "vbs_service/engine/bookkeeping.h"
#include "vbs_service/engine/fields.h"
#include "vbs_service/engine/journal_record.h"
#include "vbs_service/metadata/operation.h"

// The parameters of a workflow are a record (fields.h): what its steps know, and their undoing after a
// restart must know. The journal has them as one JSON object, with the engine's bookkeeping beside them and
// the version of the parameters. Names are stable, and fields are only ever added. A program that does not
// know a field leaves it out; where it must not, the program that adds the field raises the version of those
// parameters (static constexpr int kVersion), and one that knows only the version before refuses the journal.

namespace vbs::engine {

inline constexpr std::string_view kVersionField = "version";

/// 1 unless the parameters tell.
template <class Parameters>
constexpr int versionOf() {
  if constexpr (requires { Parameters::kVersion; }) {
    return Parameters::kVersion;
  } else {
    return 1;
  }
}

template <class Parameters>
std::string toJournal(const Bookkeeping& bookkeeping, const Parameters& parameters) {
  JournalRecord journal;
  journal.put(kVersionField, std::int64_t{versionOf<Parameters>()});
  detail::write(journal, bookkeeping);
  detail::write(journal, parameters);
  return journal.text();
}

/// Throws Error{InternalError} when the journal was written by a newer program, whose fields this one does
/// not know. `isKnown`: tells of the name of a field.
void requireReadable(const JournalRecord& journal, int version, bool (*isKnown)(std::string_view name));

/// Runs `read(const JournalRecord&)`; what goes wrong is told as Error{InternalError} about the operation.
template <class Read>
auto fromJournal(const metadata::Operation& operation, Read read) {
  try {
    return read(JournalRecord(operation.context));
  } catch (const std::exception& error) {
    throw Error(ErrorCode::InternalError,
                "the journal's parameters of " + operation.kind + " " + operation.id.str() +
                    " cannot be read: " + error.what(),
                operation.resource.id);
  }
}

/// The parameters of an operation of their kind. Throws Error{InternalError} for what toJournal never wrote.
template <class Parameters>
Parameters parametersOf(const metadata::Operation& operation) {
  return fromJournal(operation, [](const JournalRecord& journal) {
    requireReadable(journal, versionOf<Parameters>(), [](std::string_view name) {
      return name == kVersionField || detail::hasField<Bookkeeping>(name) ||
             detail::hasField<Parameters>(name);
    });
    return detail::read<Parameters>(journal);
  });
}

/// Some fields of an operation of whatever kind, for who knows nothing else of it. Throws as above.
template <class Record>
Record fieldsOf(const metadata::Operation& operation) {
  return fromJournal(operation, [](const JournalRecord& journal) { return detail::read<Record>(journal); });
}

}  // namespace vbs::engine
