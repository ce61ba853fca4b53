#include "cli/refusal.h"

#include <gtest/gtest.h>

namespace vbs::cli {
namespace {

const Command kDelete = DeleteVolume{VolumeId("vol-0a1b2c3d")};
const Command kDetach = DetachVolume{{.volumeId = VolumeId("vol-0a1b2c3d"), .force = false}};
const Command kForcedDetach = DetachVolume{{.volumeId = VolumeId("vol-0a1b2c3d"), .force = true}};
const Command kDescribe = DescribeVolumes{};

TEST(Refusal, HasTheCodeTheMessageAndTheNextCommand) {
  EXPECT_EQ(describeRefusal(
                Error(ErrorCode::VolumeInUse, "vol-0a1b2c3d is attached to node7", "vol-0a1b2c3d"), kDelete),
            "vbs: VolumeInUse: vol-0a1b2c3d is attached to node7\n"
            "vbs: try: vbs detach-volume vol-0a1b2c3d\n");
  EXPECT_EQ(describeRefusal(Error(ErrorCode::IncorrectState, "snap-00000001 is pending", "snap-00000001"),
                            kDescribe),
            "vbs: IncorrectState: snap-00000001 is pending\n"
            "vbs: try: vbs describe-snapshots snap-00000001\n");
  EXPECT_EQ(describeRefusal(Error(ErrorCode::IncorrectState, "it is deleting"), kDelete),
            "vbs: IncorrectState: it is deleting\n"
            "vbs: try: vbs describe-volumes vol-0a1b2c3d\n");
}

TEST(Refusal, AdvisesForceOnlyWhereItWasNotUsed) {
  const Error error(ErrorCode::DelegateUnreachable, "node7 does not answer", "vol-0a1b2c3d");
  EXPECT_EQ(describeRefusal(error, kDetach),
            "vbs: DelegateUnreachable: node7 does not answer\n"
            "vbs: try: vbs detach-volume --force vol-0a1b2c3d, only if the VM host is lost for good\n");
  EXPECT_EQ(describeRefusal(error, kForcedDetach), "vbs: DelegateUnreachable: node7 does not answer\n");
  EXPECT_EQ(describeRefusal(error, kDelete), "vbs: DelegateUnreachable: node7 does not answer\n");
  const Error atTheVolumeServer(ErrorCode::DelegateUnreachable, "exportVolume at the Volume Delegate failed");
  EXPECT_EQ(describeRefusal(atTheVolumeServer, kDetach),
            "vbs: DelegateUnreachable: exportVolume at the Volume Delegate failed\n");
}

TEST(Refusal, ShowsTheEndOfAFailedCommandsStderrOnce) {
  const CommandFailure failure{.action = "volume.create", .exitCode = 5, .stderrTail = "no room\nreally\n"};
  EXPECT_EQ(describeRefusal(Error("volume.create exited with 5", "vol-0a1b2c3d", failure), kDelete),
            "vbs: CommandFailed: volume.create exited with 5\n"
            "  | no room\n"
            "  | really\n");
  EXPECT_EQ(describeRefusal(Error("exit 5: no room\nreally\n", "vol-0a1b2c3d", failure), kDelete),
            "vbs: CommandFailed: exit 5: no room\n"
            "     really\n");
}

TEST(Refusal, ShowsNoLineOfStderrThatTheMessageHas) {
  const CommandFailure failure{
      .action = "volume.create", .exitCode = 5, .stderrTail = "first\n\n  no room  \n  really\n"};
  EXPECT_EQ(describeRefusal(Error("exited with 5: no room; really", "vol-0a1b2c3d", failure), kDelete),
            "vbs: CommandFailed: exited with 5: no room; really\n"
            "  | first\n");
}

TEST(Refusal, NeverLetsAMessageSteerTheTerminal) {
  EXPECT_EQ(describeRefusal(Error(ErrorCode::DependencyViolation, "\x1b[2Jgone\r"), kDelete),
            "vbs: DependencyViolation: \\u001b[2Jgone\\r\n");
}

}  // namespace
}  // namespace vbs::cli
