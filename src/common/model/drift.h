#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/model/ids.h"
#include "common/model/records.h"

namespace vbs {

/// How the real world can differ from the metadata. The names are the wire's: "missing-target" and so on.
enum class DriftKind {
  MissingTarget,    ///< a volume in use is not exported
  BrokenTarget,     ///< the target of a volume in use does not serve it, or may not
  MissingDevice,    ///< a volume in use is not at its VM, or its host is not connected to it
  MissingVolume,    ///< the volume server does not have it
  MissingSnapshot,  ///< the same
  BrokenSnapshot,   ///< the volume server has it, but it cannot be read any more
  StrayTarget,      ///< the target of a volume that is not attached
  StuckSession,     ///< a host's session to a volume in use does not work any more
  StraySession,     ///< a host is connected to a volume that is not attached there
  StrayDevice,      ///< a VM has a volume that is not attached there
  OrphanVolume,     ///< on the volume server, but unknown to the metadata
  OrphanSnapshot,   ///< the same
};

enum class DriftOutcome {
  Reported,  ///< left as it is
  Planned,   ///< would be mended, but it was a dry run
  Repaired,
  Failed,  ///< could not be mended this time; the next run tries again
};

std::string_view toString(DriftKind kind);
std::string_view toString(DriftOutcome outcome);

std::optional<DriftKind> parseDriftKind(std::string_view name);
std::optional<DriftOutcome> parseDriftOutcome(std::string_view name);

/// One difference between the real world and the metadata.
struct Drift {
  DriftKind kind;
  std::string resourceId;                  ///< the volume or snapshot
  std::optional<VmmHostname> vmmHostname;  ///< where, when it is not the volume server
  std::string description;                 ///< for people: what is where, and why it stays so if it does
  DriftOutcome outcome;
  Time firstSeen;  ///< by this run of the service
  bool operator==(const Drift&) const = default;
};

}  // namespace vbs
