#include "simulation/simulation.h"

#include <gtest/gtest.h>

#include "support/scratch_directory.h"

namespace vbs::simulation {
namespace {

class SimulationTest : public testing::Test {
protected:
  RunResult playSeed(std::uint64_t seed) {
    return play({.seed = seed, .operations = 40, .clients = 4, .directory = directory_.path()}, patterns_);
  }

  const support::ScratchDirectory directory_;
  PatternFiles patterns_{VBS_SIMULATION_PATTERNS};
};

TEST_F(SimulationTest, RepeatsASeedBitForBit) {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
    const RunResult first = playSeed(seed);
    const RunResult second = playSeed(seed);
    EXPECT_EQ(first.hash, second.hash) << "seed " << seed;
    EXPECT_EQ(first.switches, second.switches);
    EXPECT_TRUE(first.violations.empty()) << "seed " << seed << ": " << first.violations.front();
  }
}

TEST_F(SimulationTest, PlaysAnotherRunWithAnotherSeed) {
  EXPECT_NE(playSeed(1).hash, playSeed(2).hash);
}

}  // namespace
}  // namespace vbs::simulation
