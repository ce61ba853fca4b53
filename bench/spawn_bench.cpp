// What running a command costs: the runner with all that it guarantees, beside a bare posix_spawn.
#include <benchmark/benchmark.h>
#include <spawn.h>
#include <sys/wait.h>

#include <vector>

#include "common/command/process_runner.h"

namespace vbs {
namespace {

void spawnFloor(benchmark::State& state) {
  char program[] = "/bin/true";
  char* arguments[] = {program, nullptr};
  for (auto _ : state) {
    pid_t pid = 0;
    if (posix_spawn(&pid, program, nullptr, nullptr, arguments, nullptr) != 0)
      state.SkipWithError("posix_spawn");
    waitpid(pid, nullptr, 0);
  }
}
BENCHMARK(spawnFloor)->Unit(benchmark::kMicrosecond)->UseRealTime();

/// `state.range(0)`: MiB that are resident in this process, which fork has to map for the child.
void runCommand(benchmark::State& state) {
  const std::vector<char> resident(static_cast<std::size_t>(state.range(0)) << 20U, 'x');
  command::ProcessRunner runner;
  command::Command command;
  command.argv = {"/bin/true"};
  for (auto _ : state) {
    if (runner.run(command).exitCode != 0) state.SkipWithError("/bin/true failed");
  }
  benchmark::DoNotOptimize(resident.data());
}
BENCHMARK(runCommand)->Arg(0)->Arg(200)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace vbs
