#pragma once

#include <string>
#include <vector>

#include "common/model/records.h"
#include "simulation/world/world.h"

namespace vbs::simulation {

/// The invariant: what really exists is what the service shows. Says where it is not so; empty when it holds.
/// Only when all is at rest.
std::vector<std::string> differences(const World& world, const std::vector<Volume>& volumes,
                                     const std::vector<Snapshot>& snapshots);

}  // namespace vbs::simulation
