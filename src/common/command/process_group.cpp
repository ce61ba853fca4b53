#include "common/command/process_group.h"

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

namespace vbs::command {
namespace {

namespace fs = std::filesystem;

bool isNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Whether /proc/PID/stat (proc_pid_stat(5)) tells of a process of the group that has not ended. The name of
/// the program, in parentheses, may have any characters.
bool tellsOfLivingMember(const std::string& stat, pid_t group) {
  const auto name = stat.rfind(')');
  if (name == std::string::npos) return false;
  std::istringstream rest(stat.substr(name + 1));
  char state = 0;
  pid_t parent = 0;
  pid_t itsGroup = 0;
  rest >> state >> parent >> itsGroup;
  return itsGroup == group && state != 'Z' && state != 'X';
}

}  // namespace

bool runsProcess(pid_t group) {
  // It does not tell zombies from others, so /proc is asked for the rare group that has any process at all.
  if (::kill(-group, 0) != 0 && errno == ESRCH) return false;
  std::error_code error;
  fs::directory_iterator entry("/proc", error);
  if (error) return true;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (!isNumber(entry->path().filename().native())) continue;
    std::string stat;
    std::getline(std::ifstream(entry->path() / "stat"), stat, '\0');
    if (tellsOfLivingMember(stat, group)) return true;
  }
  return static_cast<bool>(error);
}

}  // namespace vbs::command
