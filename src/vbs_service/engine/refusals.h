#pragma once

#include <string>
#include <string_view>

#include "common/model/records.h"

namespace vbs::engine {

/// Throws the refusal of an operation ("attached") that the volume's status forbids: VolumeInUse when it is
/// attached, IncorrectState otherwise, saying what it waits for.
[[noreturn]] void refuse(const Volume& volume, std::string_view operation);
[[noreturn]] void refuse(const Snapshot& snapshot, std::string_view operation);

}  // namespace vbs::engine
