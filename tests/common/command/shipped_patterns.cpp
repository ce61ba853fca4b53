#include "common/command/shipped_patterns.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "common/command/command_file.h"
#include "common/command/expansion.h"
#include "common/model/error.h"

namespace vbs::command {

std::vector<std::filesystem::path> shippedFiles() {
  std::vector<std::filesystem::path> files;
  for (const auto& folder : {kSource / "conf", kProfiles}) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".properties") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string textOf(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

ActionOutput listed(const std::filesystem::path& file, Action action, const std::string& text) {
  const auto checked = CommandFile::read(file, Host::VolumeServer);
  FakeCommandRunner runner;
  runner.on("", FakeCommandRunner::prints(text));
  return ActionRunner(runner).run(*checked.file, action, {}, {});
}

bool usesProgram(const std::filesystem::path& file, Action action, const std::string& program) {
  const auto checked = CommandFile::read(file, Host::VolumeServer);
  const auto& commands = checked.file->commands(action);
  if (commands.empty()) return false;
  const auto argv = expand(*checked.file, commands[0], exampleParameters()).argv;
  return std::find(argv.begin(), argv.end(), program) != argv.end();
}

void run(const std::filesystem::path& file, Action action, FakeCommandRunner& runner) {
  const auto checked = CommandFile::read(file, Host::VolumeServer);
  Parameters parameters = exampleParameters();
  parameters.set("vmmDev", hostDevice(*checked.file, parameters));
  ActionRunner(runner).run(*checked.file, action, parameters, {});
}

std::string whereItFails(const std::filesystem::path& file, Action action, FakeCommandRunner& runner) {
  try {
    run(file, action, runner);
  } catch (const Error& error) {
    return error.command() ? error.command()->action : "without a command";
  }
  return {};
}

CommandResult filtered(const Command& command, const std::string& text) {
  const auto directory =
      std::filesystem::path(testing::TempDir()) / ("vbs-filtered-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  const auto file = directory / "text";
  std::ofstream(file) << text;
  for (const char* tool : {"tgtadm", "xenstore-ls"}) {
    std::ofstream(directory / tool) << "#!/bin/sh\nexec cat " << file.string() << '\n';
    std::filesystem::permissions(directory / tool, std::filesystem::perms::owner_all);
  }
  std::vector<std::string> argv{"env", "PATH=" + directory.string() + ":/usr/bin:/bin"};
  for (const std::string& argument : command.argv) {
    const bool isFile = argument.starts_with("/proc/") || argument.starts_with("/etc/");
    argv.push_back(isFile ? file.string() : argument);
  }
  FILE* const pipe = popen(commandLine(argv).c_str(), "r");
  std::string out;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
  const int status = pclose(pipe);
  std::filesystem::remove_all(directory);
  return FakeCommandRunner::exits(WEXITSTATUS(status), {}, out);
}

void seesIn(FakeCommandRunner& runner, const std::string& text) {
  runner.on("awk", [text](const Command& command) { return filtered(command, text); });
}

}  // namespace vbs::command
