#pragma once

#include <string>
#include <string_view>

#include "common/model/records.h"

namespace vbs::engine {

/// Throws the refusal of an operation ("attached") that the volume's status forbids: VolumeInUse when it is
/// attached, IncorrectState otherwise, saying what it waits for.
[[noreturn]] void refuse(const Volume& volume, std::string_view operation);
[[noreturn]] void refuse(const Snapshot& snapshot, std::string_view operation);
/// A request has waited while another one attached the volume: its client may have given it up long ago.
/// Throws IncorrectState.
[[noreturn]] void refuseOvertaken(const VolumeId& id);

}  // namespace vbs::engine
