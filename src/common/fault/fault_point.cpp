#include "common/fault/fault_point.h"

#ifdef VBS_FAULT_POINTS

#include <cstdlib>
#include <memory>
#include <string>

#include "common/fault/fault_directory.h"
#include "common/model/error.h"

namespace vbs::fault {
namespace {

// One that no pattern file counts as done.
constexpr int kExitCode = 113;

std::string_view nameOf(Seam seam) {
  switch (seam) {
    case Seam::Write:
      return "write";
    case Seam::Written:
      return "written";
    case Seam::Call:
      return "call";
    case Seam::Command:
      return "command";
    case Seam::Answer:
      return "answer";
  }
  return "";
}

/// Null when the environment names none.
FaultDirectory* directory() {
  static const std::unique_ptr<FaultDirectory> kDirectory = []() -> std::unique_ptr<FaultDirectory> {
    const char* name = std::getenv("VBS_FAULT_DIRECTORY");
    return name == nullptr ? nullptr : std::make_unique<FaultDirectory>(name);
  }();
  return kDirectory.get();
}

}  // namespace

void reach(Seam seam, std::initializer_list<std::string_view> point) {
  if (directory() == nullptr) return;
  std::string name;
  for (const std::string_view part : point) name += part;
  if (!directory()->reach(nameOf(seam), name)) return;
  switch (seam) {
    case Seam::Written:
      return;
    case Seam::Call:
      throw Error(ErrorCode::DelegateUnreachable, "fault point " + name + " failed");
    default:
      throw Error(ErrorCode::InternalError, "fault point " + name + " failed");
  }
}

void reachCommand(std::string_view key, std::string_view resource, std::string_view when) {
  if (directory() == nullptr) return;
  const std::string name = "command/" + std::string(key) + std::string(when);
  if (!directory()->reach(nameOf(Seam::Command), name)) return;
  const std::string complaint = "fault point " + name + " failed";
  throw Error(std::string(key) + ": " + complaint, std::string(resource),
              {.action = std::string(key), .exitCode = kExitCode, .stderrTail = complaint})
      .withEffect(Effect::None);
}

}  // namespace vbs::fault

#endif
