#include "simulation/world/commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <stop_token>

#include "common/system/scheduler.h"

namespace vbs::simulation {

using command::Command;
using command::CommandResult;
using std::chrono::milliseconds;

namespace {

CommandResult resultOf(const World::Outcome& outcome) {
  CommandResult result;
  result.exitCode = outcome.exitCode;
  result.out = outcome.out;
  result.err = outcome.err;
  return result;
}

CommandResult stopped() {
  CommandResult result;
  result.stopped = true;
  result.ending = command::Ending{};
  return result;
}

}  // namespace

SimulatedCommands::SimulatedCommands(VirtualScheduler& scheduler, Random& random, Trace& trace, World& world,
                                     const CommandTroubles& troubles, std::string node)
    : scheduler_(scheduler),
      random_(random),
      trace_(trace),
      world_(world),
      troubles_(troubles),
      node_(std::move(node)) {}

CommandResult SimulatedCommands::run(const Command& command) {
  const std::string& verb = command.argv.at(1);
  if (befalls(troubles_.hangs)) return hang(command);
  if (verb == "copy") return copy(command);
  if (verb.starts_with("list-")) return list(command);
  if (!pause(duration(), command.stop)) return stopped();
  World::Outcome outcome = trouble(verb);
  if (outcome.exitCode == 0) outcome = perform(command.argv);
  if (!pause(duration(), command.stop)) return stopped();
  return ended(command, outcome);
}

bool SimulatedCommands::befalls(double probability) {
  const bool itDoes = random_.chance(probability);
  if (itDoes) trace_.countFault();
  return itDoes;
}

/// Not 0: it refuses, for a reason of its own.
World::Outcome SimulatedCommands::trouble(const std::string& verb) {
  if (verb == "detach" && befalls(troubles_.guestHolds)) {
    return {.exitCode = 1, .out = {}, .err = "the guest does not let go of it\n"};
  }
  if (befalls(troubles_.fails)) return {.exitCode = 1, .out = {}, .err = "it does not work today\n"};
  return {};
}

World::Outcome SimulatedCommands::perform(const std::vector<std::string>& argv) {
  return argv.at(0) == "store" ? performOnServer(argv) : performOnHost(argv);
}

World::Outcome SimulatedCommands::performOnServer(const std::vector<std::string>& argv) {
  const std::string& verb = argv.at(1);
  const auto argument = [&](std::size_t n) -> const std::string& { return argv.at(n + 1); };
  if (verb == "create-volume") return world_.createVolume(argument(1), std::stoll(argument(2)));
  if (verb == "delete-volume") return world_.deleteVolume(argument(1));
  if (verb == "create-snapshot") return world_.createSnapshot(argument(1), argument(2));
  if (verb == "delete-snapshot") return world_.deleteSnapshot(argument(1));
  if (verb == "create-target") {
    return world_.createTarget(std::stoi(argument(1)), argument(2), argument(3), argument(4));
  }
  if (verb == "delete-target") return world_.deleteTarget(std::stoi(argument(1)), argument(2));
  if (verb == "fence") return world_.fence(argument(1), argument(2));
  if (verb == "list-volumes") return world_.listVolumes();
  if (verb == "list-snapshots") return world_.listSnapshots();
  if (verb == "list-targets") return world_.listTargets();
  if (verb == "capacity") return world_.capacity();
  throw std::logic_error("the volume server has no command " + verb);
}

World::Outcome SimulatedCommands::performOnHost(const std::vector<std::string>& argv) {
  const std::string& verb = argv.at(1);
  const auto argument = [&](std::size_t n) -> const std::string& { return argv.at(n + 1); };
  if (verb == "connect") return world_.connect(node_, argument(1), argument(2));
  if (verb == "disconnect") return world_.disconnect(node_, argument(1), argument(2));
  if (verb == "attach") return world_.attach(node_, argument(1), {argument(2), argument(3)});
  if (verb == "detach") return world_.detach(node_, argument(1), {argument(2), argument(3)});
  if (verb == "list-sessions") return world_.listSessions(node_);
  if (verb == "list-devices") return world_.listDevices(node_);
  throw std::logic_error("a VM host has no command " + verb);
}

CommandResult SimulatedCommands::list(const Command& command) {
  if (!pause(duration(), command.stop)) return stopped();
  if (befalls(troubles_.listFails)) {
    return ended(command, {.exitCode = 1, .out = {}, .err = "it cannot be listed\n"});
  }
  World::Outcome outcome = perform(command.argv);
  if (!pause(duration(), command.stop)) return stopped();
  if (befalls(troubles_.listIsCut)) {
    const auto lines = static_cast<std::size_t>(std::count(outcome.out.begin(), outcome.out.end(), '\n'));
    std::size_t end = 0;
    for (std::size_t left = random_.below(lines + 1); left > 0; --left) end = outcome.out.find('\n', end) + 1;
    outcome.out = outcome.out.substr(0, end) + "and more\n";
  }
  return ended(command, outcome);
}

CommandResult SimulatedCommands::copy(const Command& command) {
  constexpr int kParts = 10;
  const std::string& id = command.argv.at(2);
  const std::string& snapshotId = command.argv.at(3);
  World::Outcome outcome = world_.beginCopy(id, snapshotId);
  note(command, "begins");
  const auto volume = world_.volumes().find(id);
  const std::int64_t gib = volume == world_.volumes().end() ? 0 : volume->second.sizeGiB;
  const auto part = random_.between(milliseconds(50), milliseconds(1'500));
  for (int done = 1; done <= kParts && outcome.exitCode == 0; ++done) {
    if (!pause(part, command.stop)) return stopped();
    if (befalls(troubles_.copyFails / kParts)) {
      outcome = {.exitCode = 1, .out = {}, .err = "Input/output error\n"};
    } else if (command.onStderr) {
      command.onStderr(fmt::format("{} bytes copied\n", gib * (1LL << 30) / kParts * done));
    }
  }
  if (outcome.exitCode == 0) outcome = world_.endCopy(id, snapshotId);
  return ended(command, outcome);
}

/// Until its time limit, which may come after its effect.
CommandResult SimulatedCommands::hang(const Command& command) {
  const std::string& verb = command.argv.at(1);
  const bool hasEffect = verb != "copy" && random_.chance(0.5);
  note(command, "hangs");
  if (!pause(duration(), command.stop)) return stopped();
  if (hasEffect) perform(command.argv);
  if (!pause(command.timeout, command.stop)) return stopped();
  note(command, hasEffect ? "is ended, and has done it" : "is ended");
  CommandResult result;
  result.timedOut = true;
  result.ending = command::Ending{};
  return result;
}

bool SimulatedCommands::pause(milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  system::Condition changed(scheduler_);
  const std::stop_callback wake(stop, [&changed] { changed.notifyAll(); });
  std::unique_lock lock(mutex);
  return !changed.waitFor(lock, duration, [&] { return stop.stop_requested(); });
}

milliseconds SimulatedCommands::duration() {
  if (random_.chance(troubles_.isSlow)) return random_.between(milliseconds(1'000), milliseconds(12'000));
  return random_.between(milliseconds(1), milliseconds(80));
}

CommandResult SimulatedCommands::ended(const Command& command, const World::Outcome& outcome) {
  note(command, outcome.exitCode == 0 ? std::string("done")
                                      : fmt::format("exit {}: {}", outcome.exitCode,
                                                    outcome.err.substr(0, outcome.err.find('\n'))));
  return resultOf(outcome);
}

void SimulatedCommands::note(const Command& command, const std::string& how) {
  std::string line;
  for (const std::string& argument : command.argv) line += (line.empty() ? "" : " ") + argument;
  trace_.note(scheduler_.now(), node_, fmt::format("$ {}: {}", line, how));
}

}  // namespace vbs::simulation
