#include "vbs_service/engine/parameters.h"

namespace vbs::engine {

void requireReadable(const JournalRecord& journal, int version, bool (*isKnown)(std::string_view name)) {
  // The first programs wrote none.
  const std::int64_t written = journal.has(kVersionField) ? journal.get<std::int64_t>(kVersionField) : 1;
  if (written >= 1 && written <= version) return;
  for (const auto& [name, value] : journal.values()) {
    if (isKnown(name)) continue;
    throw Error(ErrorCode::InternalError, "they have the field \"" + name + "\" and are of version " +
                                              std::to_string(written) + ", this program knows version " +
                                              std::to_string(version) + ": a newer program has written them");
  }
}

}  // namespace vbs::engine
