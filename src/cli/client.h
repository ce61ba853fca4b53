#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/wait_clock.h"
#include "common/api/vbs_admin.h"
#include "common/api/vbs_service.h"

namespace vbs::cli {

/// The VBS Service at an endpoint; nothing is asked of it yet. Throws Error{InvalidParameter} when that is no
/// http URL. The calls of what it returns throw ServiceUnreachable beside the errors of VbsService.
using Connect = std::function<std::unique_ptr<VbsService>(const std::string& endpoint)>;
/// The same for its administrators.
using ConnectAdmin = std::function<std::unique_ptr<VbsAdmin>(const std::string& endpoint)>;

/// What a client needs of its environment.
struct Surroundings {
  Output& out;
  Output& err;
  std::optional<int> outWidth;  ///< columns of the terminal that `out` is; none when it is no terminal
  std::optional<int> errWidth;
  WaitClock& clock;
  Environment environment;
  Connect connect;
  ConnectAdmin connectAdmin;
};

/// The whole program but for main(): does what the command line says, writes the answer to `out` and all else
/// to `err`. Throws nothing.
ExitCode runClient(const std::vector<std::string>& arguments, const Surroundings& surroundings);

}  // namespace vbs::cli
