#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "volume_delegate/command_volume_delegate_fixture.h"

namespace vbs::volume_delegate {
namespace {

using command::Command;
using command::FakeCommandRunner;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(CommandVolumeDelegateTest, ExportsAVolumeAsATarget) {
  EXPECT_EQ(delegate().exportVolume(doing("op-1"), kVolume, kTarget, kHost),
            (VolumeExport{Portal("192.0.2.10:3260"), Lun(1)}));
  EXPECT_THAT(runner_.lines(),
              ElementsAre("target-new 7 iqn.2009-09.org.example:vol-00000001", "lun-new 7 1 vol-00000001"));
}

TEST_F(CommandVolumeDelegateTest, UnexportsAVolume) {
  delegate().unexportVolume(doing("op-1"), kVolume, kTarget, {});
  EXPECT_THAT(runner_.lines(), ElementsAre("lun-delete 7 1", "target-delete 7"));
}

TEST_F(CommandVolumeDelegateTest, ExportsAVolumeToItsHostAlone) {
  writePatterns(std::string(kPatterns) + "target.create.3 = let-in <vmmHostname> <targetId>\n");
  delegate().exportVolume(doing("op-1"), kVolume, kTarget, kHost);
  EXPECT_EQ(runner_.lines().back(), "let-in node1 7");
}

TEST_F(CommandVolumeDelegateTest, UsesTheLunOfThePatternFile) {
  writePatterns(std::string(kPatterns) + "param.lun = 0\n");
  EXPECT_EQ(delegate().exportVolume(doing("op-1"), kVolume, kTarget, kHost).lun, Lun(0));
  EXPECT_THAT(runner_.lines()[1], "lun-new 7 0 vol-00000001");
}

TEST_F(CommandVolumeDelegateTest, AnswersThePortalAndTheLunThatTheCommandsTold) {
  writePatterns(without(kPatterns, {"target."}) +
                "target.create = target-new <targetName>\n"
                "target.create.output = at (?<portal>\\S+) lun (?<lun>\\d+)\n"
                "target.delete = target-delete <targetName>\n");
  runner_.on("target-new", FakeCommandRunner::prints("listens at 192.0.2.11:3261 lun 4\n"));
  EXPECT_EQ(delegate().exportVolume(doing("op-1"), kVolume, kTarget, kHost),
            (VolumeExport{Portal("192.0.2.11:3261"), Lun(4)}));
}

TEST_F(CommandVolumeDelegateTest, RefusesToExportWithoutTheTargetThatThePatternsNeed) {
  expectError(ErrorCode::InvalidParameter, "a target id and a target name are needed",
              [&] { delegate().exportVolume(doing("op-1"), kVolume, std::nullopt, kHost); });
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(CommandVolumeDelegateTest, ExportsNothingWhereTheStackHasNoTargets) {
  writePatterns(without(kPatterns, {"target.", "list.targets"}));
  EXPECT_FALSE(delegate().describeDelegate(kRequest, kService).usesTargets);
  EXPECT_EQ(delegate().exportVolume(doing("op-1"), kVolume, std::nullopt, kHost), VolumeExport{});
  delegate().unexportVolume(doing("op-2"), kVolume, std::nullopt, {});
  delegate().unexportVolume(doing("op-3"), kVolume, kTarget, {});
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(CommandVolumeDelegateTest, HasNothingToUnexportOfAVolumeThatHasNoTarget) {
  delegate().unexportVolume(doing("op-1"), kVolume, std::nullopt, {});
  EXPECT_THAT(runner_.lines(), IsEmpty());
}

TEST_F(CommandVolumeDelegateTest, CutsALostHostOffBeforeItRemovesTheTarget) {
  writePatterns(std::string(kPatterns) +
                "fence = cut-off <vmmHostname> <volumeId> <targetId> <targetName> <lun>\n");
  delegate().unexportVolume(doing("op-1"), kVolume, kTarget, kHost);
  EXPECT_THAT(runner_.lines(),
              ElementsAre("cut-off node1 vol-00000001 7 iqn.2009-09.org.example:vol-00000001 1",
                          "lun-delete 7 1", "target-delete 7"));
}

TEST_F(CommandVolumeDelegateTest, CutsNobodyOffUnlessAHostIsLost) {
  writePatterns(std::string(kPatterns) + "fence = cut-off <vmmHostname>\n");
  delegate().unexportVolume(doing("op-1"), kVolume, kTarget, {});
  EXPECT_THAT(runner_.lines(), ElementsAre("lun-delete 7 1", "target-delete 7"));
}

TEST_F(CommandVolumeDelegateTest, RemovesTheTargetOfALostHostWhereTheStackHasNoFence) {
  delegate().unexportVolume(doing("op-1"), kVolume, kTarget, kHost);
  EXPECT_THAT(runner_.lines(), ElementsAre("lun-delete 7 1", "target-delete 7"));
}

TEST_F(CommandVolumeDelegateTest, CutsALostHostOffWhereTheStackHasNoTargets) {
  writePatterns(without(kPatterns, {"target.", "list.targets"}) +
                "fence = cut-off <vmmHostname> <volumeId>\n");
  delegate().unexportVolume(doing("op-1"), kVolume, std::nullopt, kHost);
  EXPECT_THAT(runner_.lines(), ElementsAre("cut-off node1 vol-00000001"));
}

TEST_F(CommandVolumeDelegateTest, KeepsTheTargetWhenTheHostCannotBeCutOff) {
  writePatterns(std::string(kPatterns) + "fence.1 = look <targetId>\nfence.2 = cut-off <vmmHostname>\n");
  runner_.on("cut-off", FakeCommandRunner::exits(8, "no power switch"));
  const Error error = errorOf([&] { delegate().unexportVolume(doing("op-1"), kVolume, kTarget, kHost); });
  EXPECT_EQ(error.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(error.command()->action, "fence.2");
  EXPECT_THAT(runner_.lines(), ElementsAre("look 7", "cut-off node1"));
}

}  // namespace
}  // namespace vbs::volume_delegate
