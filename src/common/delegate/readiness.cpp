#include "common/delegate/readiness.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace vbs::delegate {

ReadinessSource patternReadiness(command::LiveCommandFile& commands) {
  return [&commands]() -> std::vector<Complaint> {
    const auto fault = commands.fault();
    if (!fault) return {};
    return {{"pattern file", *fault + "; the patterns from before are in force", false}};
  };
}

ReadinessSource toolReadiness(std::vector<std::filesystem::path> directories) {
  return [directories = std::move(directories)] {
    std::vector<Complaint> complaints;
    for (const auto& directory : directories) {
      // With the slash, a file of that name is no directory (ENOTDIR).
      if (::access((directory / "").c_str(), X_OK) == 0) continue;
      complaints.push_back(
          {"command-path", directory.string() + ": " + std::generic_category().message(errno), true});
    }
    return complaints;
  };
}

}  // namespace vbs::delegate
