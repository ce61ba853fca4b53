#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/invocation.h"
#include "cli/progress.h"
#include "cli/service_unreachable.h"
#include "cli/wait_clock.h"
#include "common/model/error.h"
#include "common/model/records.h"

namespace vbs::cli {

enum class WaitOutcome { Settled, TimedOut, Interrupted };

/// Asks for `record` again, at growing intervals of 0.2 s to 2 s, while it is `pending`; `record` holds the
/// last answer. A service that cannot be reached or is busy is asked again for 30 s; then its failure is
/// thrown. `describe` may throw Error and ServiceUnreachable.
template <class Record>
WaitOutcome waitWhilePending(Record& record, std::string_view id, const std::function<Record()>& describe,
                             const WaitOptions& options, WaitClock& clock, Progress& progress);

extern template WaitOutcome waitWhilePending(Volume&, std::string_view, const std::function<Volume()>&,
                                             const WaitOptions&, WaitClock&, Progress&);
extern template WaitOutcome waitWhilePending(Snapshot&, std::string_view, const std::function<Snapshot()>&,
                                             const WaitOptions&, WaitClock&, Progress&);

}  // namespace vbs::cli
