#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/command/command_file.h"
#include "common/command/diagnostic.h"
#include "common/command/place.h"

namespace vbs::command {

/// The constants among `properties`, those of which portal is made included. What is wrong with one is added
/// to `faults`; such a one is left out.
std::map<std::string, Constant, std::less<>> readConstants(const std::vector<PlacedProperty>& properties,
                                                           Faults& faults);

}  // namespace vbs::command
