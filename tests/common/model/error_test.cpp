#include "common/model/error.h"

#include <gtest/gtest.h>

namespace vbs {
namespace {

TEST(Error, EveryCodeIsFoundAgainByItsName) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::InternalError); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    EXPECT_EQ(parseErrorCode(toString(code)), code) << toString(code);
  }
  EXPECT_EQ(parseErrorCode("NoSuchCode"), std::nullopt);
}

TEST(Error, WithMessageKeepsTheCause) {
  const Error cause("lvcreate failed", "vol-00000001", CommandFailure{"volume.create", 5, "no space"});
  const Error told = cause.withMessage("createVolume: lvcreate failed");
  EXPECT_STREQ(told.what(), "createVolume: lvcreate failed");
  EXPECT_EQ(told.code(), ErrorCode::CommandFailed);
  EXPECT_EQ(told.resource(), "vol-00000001");
  EXPECT_EQ(told.command(), cause.command());
}

TEST(Error, HasTheEffectThatIsSafeToAssumeUntilItIsKnown) {
  EXPECT_EQ(Error(ErrorCode::IncorrectState, "in use").effect(), Effect::None);
  EXPECT_EQ(Error(ErrorCode::InsufficientCapacity, "no room").effect(), Effect::None);
  EXPECT_EQ(Error(ErrorCode::Timeout, "no answer").effect(), Effect::Unknown);
  EXPECT_EQ(Error(ErrorCode::DelegateUnreachable, "cut off").effect(), Effect::Unknown);
  EXPECT_EQ(Error(ErrorCode::InternalError, "broken").effect(), Effect::Unknown);
  const Error failed("lvcreate failed", "vol-00000001", CommandFailure{"volume.create", 5, ""});
  EXPECT_EQ(failed.effect(), Effect::Partial);
  const Error refused = failed.withEffect(Effect::None);
  EXPECT_EQ(refused.effect(), Effect::None);
  EXPECT_EQ(refused.withMessage("createVolume failed").effect(), Effect::None);
  EXPECT_EQ(refused.withResource("vol-00000002").resource(), "vol-00000002");
  EXPECT_EQ(refused.withResource("vol-00000002").command(), failed.command());
}

TEST(Effect, EveryOneIsFoundAgainByItsName) {
  for (const Effect effect : {Effect::None, Effect::Partial, Effect::Unknown}) {
    EXPECT_EQ(parseEffect(toString(effect)), effect);
  }
  EXPECT_EQ(parseEffect("all"), std::nullopt);
}

TEST(Error, KeepsTheRequestIdOfAnotherServicesAnswer) {
  const Error here(ErrorCode::Busy, "too many at once");
  EXPECT_EQ(here.requestId(), "");
  const Error there = here.withRequestId("3f2a");
  EXPECT_EQ(there.requestId(), "3f2a");
  EXPECT_EQ(there.code(), ErrorCode::Busy);
  EXPECT_EQ(there.withMessage("ask again").requestId(), "3f2a");
}

TEST(Error, WhatTheCallerCanMendIsTheCallersFault) {
  EXPECT_TRUE(isCallersFault(ErrorCode::VolumeNotFound));
  EXPECT_TRUE(isCallersFault(ErrorCode::UnknownVmmHost));
  EXPECT_FALSE(isCallersFault(ErrorCode::CommandFailed));
  EXPECT_FALSE(isCallersFault(ErrorCode::Busy));
}

}  // namespace
}  // namespace vbs
