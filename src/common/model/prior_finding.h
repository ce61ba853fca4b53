#pragma once

#include <optional>
#include <string_view>

namespace vbs {

/// Whether something was there. Unknown: the listing that tells could not be trusted.
enum class Presence { Absent, Present, Unknown };

/// The names are the wire's and the journal's: "absent" and so on.
std::string_view toString(Presence presence);
std::optional<Presence> parsePresence(std::string_view name);

/// What a VM host had of a volume before an attach. An attach does not take back what was present. Where that
/// is unknown, the attach is not undone before it is certain that no VM has the volume.
struct PriorFinding {
  Presence session = Presence::Unknown;  ///< the host's connection
  Presence device = Presence::Unknown;   ///< the volume in a VM

  /// True when all that is there later is the attach's own.
  bool isNothing() const noexcept { return session == Presence::Absent && device == Presence::Absent; }
  bool operator==(const PriorFinding&) const = default;
};

}  // namespace vbs
