#include "common/delegate/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/scratch_directory.h"

namespace vbs::delegate {
namespace {

using testing::HasSubstr;

TEST(DelegateReadiness, ComplainsOfAPatternFileThatIsNotInForce) {
  const support::ScratchDirectory directory;
  const auto file = directory.write("commands.properties", "volume.create = true\nvolume.delete = true\n");
  command::LiveCommandFile commands(file, command::Host::VolumeServer);
  const auto readiness = patternReadiness(commands);
  EXPECT_TRUE(readiness().empty());

  directory.write("commands.properties", "volume.creates = true\n");
  ASSERT_EQ(readiness().size(), 1U);
  EXPECT_THAT(readiness()[0].reason, HasSubstr("commands.properties:1"));
  EXPECT_FALSE(readiness()[0].stopsAll) << "the patterns from before still do their work";

  directory.write("commands.properties", "volume.create = false\nvolume.delete = true\n");
  EXPECT_TRUE(readiness().empty());
}

TEST(DelegateReadiness, ComplainsOfADirectoryOfCommandsThatIsNotThere) {
  const support::ScratchDirectory directory;
  const auto file = directory.write("file", "");
  EXPECT_TRUE(toolReadiness({directory.path()})().empty());
  const auto complaints = toolReadiness({directory.path() / "gone", directory.path(), file})();
  ASSERT_EQ(complaints.size(), 2U);
  EXPECT_THAT(complaints[0].reason, HasSubstr("gone: No such file or directory"));
  EXPECT_THAT(complaints[1].reason, HasSubstr("file: Not a directory"));
  EXPECT_TRUE(complaints[0].stopsAll);
}

}  // namespace
}  // namespace vbs::delegate
