#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/command/command_file.h"
#include "common/command/parameters.h"

namespace vbs::vmm_delegate {

// Where a volume appears on the VM host. A path comes and goes with the host's connection to the volume. A
// reference (an iscsi:// URL) is used as it is.

/// The host device as far as it can be told without connecting: nothing when it is made of what only
/// host.connect finds out. Throws Error{InvalidParameter} as command::hostDevice does.
std::optional<std::string> expectedDevice(const command::CommandFile& file,
                                          const command::Parameters& parameters);

/// True where the name of a target is needed to tell a volume's device or to disconnect from it.
bool connectsByTarget(const command::CommandFile& file);

/// True for what begins with '/'.
bool isPath(std::string_view hostDevice);

/// Returns once a device or a file is at `path`. Throws Error{Timeout} about `resource` that names the path
/// and says what is there instead.
void awaitAppearance(const std::string& path, std::chrono::milliseconds patience,
                     const std::string& resource);

/// Returns once nothing is at `path`. Throws Error{Timeout} about `resource` that names the path.
void awaitDisappearance(const std::string& path, std::chrono::milliseconds patience,
                        const std::string& resource);

}  // namespace vbs::vmm_delegate
