#include <fmt/format.h>
#include <sched.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <limits>
#include <optional>
#include <string>

#include "simulation/simulation.h"

namespace vbs::simulation {
namespace {

struct Arguments {
  std::uint64_t seed = 1;
  std::optional<std::uint64_t> seeds;
  double seconds = 0;
  int operations = 100;
  int clients = 5;
  bool trace = false;
  bool log = false;
  bool untilBad = false;
  std::string patterns = VBS_SIMULATION_PATTERNS;
};

/// One thread goes on at a time, so a switch is fastest where no other processor has to be woken.
void stayOnOneProcessor() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(std::max(0, ::sched_getcpu())), &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

/// In memory, where there is such a file system.
std::filesystem::path makeDirectory() {
  const std::filesystem::path memory = "/dev/shm";
  const auto parent = std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
  std::string name = (parent / "vbs-simulation-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  return name;
}

/// What many runs come to.
class Tally {
public:
  void add(std::uint64_t seed, const RunResult& result, const Arguments& arguments) {
    ++runs_;
    operations_ += result.operations;
    faults_ += result.faults;
    virtualSeconds_ += result.virtualSeconds;
    switches_ += result.switches;
    if (result.violations.empty()) return;
    ++bad_;
    std::cout << fmt::format("seed {} goes wrong:\n", seed);
    for (const std::string& violation : result.violations) std::cout << "  " << violation << '\n';
    std::cout << fmt::format("  repeat it with: simulation --seed {} --operations {} --clients {} --trace\n",
                             seed, arguments.operations, arguments.clients)
              << std::flush;
  }

  void tell(double seconds) const {
    std::cout << fmt::format(
        "{} seeds, {} of them bad; {} operations and {} faults in {:.1f} s, {:.0f} operations in an hour; "
        "{:.1f} hours of virtual time, {} switches\n",
        runs_, bad_, operations_, faults_, seconds, static_cast<double>(operations_) / seconds * 3600,
        virtualSeconds_ / 3600, switches_);
  }
  bool isGood() const { return bad_ == 0; }

private:
  std::uint64_t runs_ = 0;
  std::uint64_t bad_ = 0;
  std::int64_t operations_ = 0;
  std::uint64_t faults_ = 0;
  double virtualSeconds_ = 0;
  std::uint64_t switches_ = 0;
};

int run(const Arguments& arguments) {
  using Clock = std::chrono::steady_clock;
  spdlog::set_level(arguments.log ? spdlog::level::debug : spdlog::level::off);
  stayOnOneProcessor();
  PatternFiles patterns(arguments.patterns);
  RunOptions options{
      .operations = arguments.operations, .clients = arguments.clients, .directory = makeDirectory()};
  if (arguments.trace || arguments.log) {
    options.write = [](const std::string& line) { std::cout << line << '\n'; };
  }
  Tally tally;
  const auto begin = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  const bool endsByTime = arguments.seconds > 0;
  const std::uint64_t seeds =
      arguments.seeds.value_or(endsByTime ? std::numeric_limits<std::uint64_t>::max() : 1);
  for (std::uint64_t i = 0; i < seeds && (!endsByTime || elapsed() < arguments.seconds); ++i) {
    options.seed = arguments.seed + i;
    const RunResult result = play(options, patterns);
    tally.add(options.seed, result, arguments);
    if (options.write) std::cout << fmt::format("hash {:016x}\n", result.hash);
    if (arguments.untilBad && !tally.isGood()) break;
  }
  std::filesystem::remove_all(options.directory);
  tally.tell(elapsed());
  return tally.isGood() ? 0 : 1;
}

}  // namespace
}  // namespace vbs::simulation

int main(int argc, char** argv) {
  vbs::simulation::Arguments arguments;
  CLI::App app("Plays VBS whole, in virtual time, with faults: docs/simulation.md");
  app.add_option("--seed", arguments.seed, "The first seed; one seed is one run")->capture_default_str();
  app.add_option("--seeds", arguments.seeds, "How many, one after the other (default: 1)");
  app.add_option("--seconds", arguments.seconds, "As many as fit into that time, and no more than --seeds");
  app.add_option("--operations", arguments.operations, "Of clients, in each run")->capture_default_str();
  app.add_option("--clients", arguments.clients, "That ask at the same time")->capture_default_str();
  app.add_flag("--trace", arguments.trace, "Prints what happens");
  app.add_flag("--until-bad", arguments.untilBad, "Ends with the first run that goes wrong");
  app.add_flag("--log", arguments.log, "And what the programs log");
  app.add_option("--patterns", arguments.patterns, "The pattern file")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    return vbs::simulation::run(arguments);
  } catch (const std::exception& error) {
    std::cerr << "simulation: " << error.what() << '\n';
    return 2;
  }
}
