#include "common/delegate/dry_run.h"

#include <iostream>
#include <memory>

#include "common/model/error.h"
#include "common/model/text.h"
#include "common/process/standard_streams.h"

namespace vbs::delegate {
namespace {

/// Nothing, after the faults were printed, when the file is bad.
std::shared_ptr<const command::CommandFile> readOrComplain(const DryRun& dryRun,
                                                           const std::filesystem::path& file) {
  const command::CheckedCommandFile checked = command::CommandFile::read(file, dryRun.host);
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

}  // namespace

int checkConfig(const DryRun& dryRun, const std::filesystem::path& file) {
  if (!readOrComplain(dryRun, file)) return 1;
  std::cout << file.string() << ": good\n";
  flushStandardOutput();
  return 0;
}

int explainConfig(const DryRun& dryRun, const std::filesystem::path& file,
                  const std::vector<std::string>& arguments) {
  if (file.empty()) {
    std::cerr << "--explain needs the pattern file: --commands FILE\n";
    return 2;
  }
  const auto commands = readOrComplain(dryRun, file);
  if (!commands) return 1;
  try {
    std::cout << dryRun.explainOperation(*commands, arguments.front(),
                                         parse({arguments.begin() + 1, arguments.end()}));
    flushStandardOutput();
    return 0;
  } catch (const Error& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}

}  // namespace vbs::delegate
