#include "common/delegate/pattern_check.h"

#include <spdlog/spdlog.h>

#include <iostream>
#include <memory>

#include "common/command/parameters.h"
#include "common/model/error.h"
#include "common/model/text.h"
#include "common/process/standard_streams.h"

namespace vbs::delegate {
namespace {

/// Nothing, after the faults were printed, when the file is bad.
std::shared_ptr<const command::CommandFile> readOrComplain(command::Host host,
                                                           const std::filesystem::path& file) {
  const command::CheckedCommandFile checked = command::CommandFile::read(file, host);
  for (const auto& diagnostic : checked.faults) std::cerr << toString(diagnostic) << "\n";
  return checked.file;
}

command::Parameters parse(const std::vector<std::string>& assignments) {
  command::Parameters parameters;
  for (const std::string& assignment : assignments) {
    const auto equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorCode::InvalidParameter,
                  "\"" + printable(assignment) + "\" is no parameter: expected NAME=VALUE, such as vmId=vm1");
    }
    parameters.set(assignment.substr(0, equals), assignment.substr(equals + 1));
  }
  return parameters;
}

/// While it lives nothing is logged: what the calls log is not about what they show.
class Silence {
public:
  Silence() { spdlog::set_level(spdlog::level::off); }
  ~Silence() { spdlog::set_level(level_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

private:
  const spdlog::level::level_enum level_ = spdlog::get_level();
};

std::string silentDryRun(std::span<const ShownCall> calls,
                         const std::shared_ptr<const command::CommandFile>& commands,
                         const std::vector<std::string>& arguments) {
  const Silence silence;
  return dryRun(calls, commands, arguments.front(), parse({arguments.begin() + 1, arguments.end()}));
}

}  // namespace

int checkConfig(command::Host host, const std::filesystem::path& file) {
  if (!readOrComplain(host, file)) return 1;
  std::cout << file.string() << ": good\n";
  flushStandardOutput();
  return 0;
}

int printDryRun(command::Host host, std::span<const ShownCall> calls, const std::filesystem::path& file,
                const std::vector<std::string>& arguments) {
  if (file.empty()) {
    std::cerr << "--explain needs the pattern file: --commands FILE\n";
    return 2;
  }
  const auto commands = readOrComplain(host, file);
  if (!commands) return 1;
  try {
    std::cout << silentDryRun(calls, commands, arguments);
    flushStandardOutput();
    return 0;
  } catch (const Error& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}

}  // namespace vbs::delegate
