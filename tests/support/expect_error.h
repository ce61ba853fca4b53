#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "common/model/error.h"

namespace vbs {

/// The Error that `body` throws; fails the test when it throws none.
template <class Body>
Error errorOf(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no Error was thrown";
  return {"no Error was thrown", {}, CommandFailure{.action = "none", .exitCode = {}, .stderrTail = {}}};
}

/// Expects `body` to throw an Error of that code whose message holds `text`.
template <class Body>
void expectError(ErrorCode code, const std::string& text, Body body) {
  const Error error = errorOf(body);
  EXPECT_EQ(toString(error.code()), toString(code)) << error.what();
  EXPECT_THAT(error.what(), testing::HasSubstr(text));
}

}  // namespace vbs
