#include "common/model/drift.h"

#include <gtest/gtest.h>

namespace vbs {
namespace {

TEST(Drift, EveryKindAndOutcomeIsFoundAgainByItsName) {
  for (int i = 0; i <= static_cast<int>(DriftKind::OrphanSnapshot); ++i) {
    const auto kind = static_cast<DriftKind>(i);
    EXPECT_EQ(parseDriftKind(toString(kind)), kind);
  }
  for (int i = 0; i <= static_cast<int>(DriftOutcome::Failed); ++i) {
    const auto outcome = static_cast<DriftOutcome>(i);
    EXPECT_EQ(parseDriftOutcome(toString(outcome)), outcome);
  }
  EXPECT_EQ(parseDriftKind("missing_target"), std::nullopt);
  EXPECT_EQ(parseDriftOutcome(""), std::nullopt);
}

}  // namespace
}  // namespace vbs
