#pragma once

#include <string>
#include <string_view>

#include "common/command/command_file.h"
#include "common/command/parameters.h"

namespace vbs::vmm_delegate {

/// What an operation of the VMM Delegate ("attachVolume") would run, one line a command; runs nothing.
/// `given`: values to show it with, by parameter name; the others are examples. Throws
/// Error{InvalidParameter} that lists the known operations when it is none of them.
std::string explainOperation(const command::CommandFile& file, std::string_view operation,
                             const command::Parameters& given);

}  // namespace vbs::vmm_delegate
