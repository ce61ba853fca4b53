#pragma once

#include <filesystem>
#include <string_view>

#include "common/model/ids.h"

namespace vbs::delegate {

/// The identity of a delegate. It is made of the machine's own id (machine-id(5)), the part
/// ("volume-delegate") and the port it listens on. So it is the same after each restart and under every name
/// and address of the host, and differs between the delegates of a machine. The machine id itself cannot be
/// told from it. Where there is no machine id, the host name takes its place. With port 0 the identity is one
/// of this run only.
DelegateId delegateIdOf(std::string_view part, int port,
                        const std::filesystem::path& machineIdFile = "/etc/machine-id");

}  // namespace vbs::delegate
