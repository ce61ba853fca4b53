#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/command/command_runner.h"
#include "simulation/time/random.h"
#include "simulation/time/trace.h"
#include "simulation/time/virtual_scheduler.h"
#include "simulation/world/world.h"

namespace vbs::simulation {

/// How commands end, from now on. Probabilities are of 0 to 1, for each command.
struct CommandTroubles {
  double fails = 0;       ///< refused, without an effect
  double hangs = 0;       ///< until its time limit; with its effect or without
  double isSlow = 0;      ///< seconds instead of milliseconds
  double copyFails = 0;   ///< in the middle
  double listFails = 0;   ///< of list commands
  double listIsCut = 0;   ///< the list ends early, by a line that nobody understands
  double guestHolds = 0;  ///< a VM does not let go of its device
};

/// Runs the commands of commands.properties on the world, in virtual time: instead of a
/// command::ProcessRunner. Those of a delegate that is killed die with it.
class SimulatedCommands final : public command::CommandRunner {
public:
  /// `node`: the computer that they run on. All must outlive it.
  SimulatedCommands(VirtualScheduler& scheduler, Random& random, Trace& trace, World& world,
                    const CommandTroubles& troubles, std::string node);

  command::CommandResult run(const command::Command& command) override;

private:
  using Result = command::CommandResult;

  World::Outcome perform(const std::vector<std::string>& argv);
  World::Outcome performOnServer(const std::vector<std::string>& argv);
  World::Outcome performOnHost(const std::vector<std::string>& argv);
  /// Draws whether a trouble of that probability comes now.
  bool befalls(double probability);
  World::Outcome trouble(const std::string& verb);
  Result copy(const command::Command& command);
  Result list(const command::Command& command);
  Result hang(const command::Command& command);
  /// False when it was stopped meanwhile.
  bool pause(std::chrono::milliseconds duration, const std::stop_token& stop);
  std::chrono::milliseconds duration();
  Result ended(const command::Command& command, const World::Outcome& outcome);
  void note(const command::Command& command, const std::string& how);

  VirtualScheduler& scheduler_;
  Random& random_;
  Trace& trace_;
  World& world_;
  const CommandTroubles& troubles_;
  const std::string node_;
};

}  // namespace vbs::simulation
