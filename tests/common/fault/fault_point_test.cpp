#include "common/fault/fault_point.h"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX

#include <filesystem>
#include <optional>

#include "common/model/error.h"
#include "support/scratch_directory.h"

namespace vbs::fault {
namespace {

/// The environment is looked at once in a process, and each of these tests is one.
class FaultPointTest : public testing::Test {
protected:
  void SetUp() override { ::setenv("VBS_FAULT_DIRECTORY", scratch_.path().c_str(), 1); }
  void TearDown() override { ::unsetenv("VBS_FAULT_DIRECTORY"); }

  void willFailAt(const std::string& point) const {
    scratch_.write("verdict", "fail\n");
    scratch_.write("armed", point);
  }

  template <class Body>
  static std::optional<Error> errorOf(Body body) {
    try {
      body();
    } catch (const Error& error) {
      return error;
    }
    return std::nullopt;
  }

  support::ScratchDirectory scratch_;
};

#ifdef VBS_FAULT_POINTS

TEST_F(FaultPointTest, FailsAsItsSeamDoes) {
  const auto codeAt = [&](Seam seam) {
    willFailAt("a/b.before");
    const auto error = errorOf([&] { reach(seam, {"a/", "b", ".before"}); });
    return error ? std::optional(error->code()) : std::nullopt;
  };
  EXPECT_EQ(codeAt(Seam::Write), ErrorCode::InternalError);
  EXPECT_EQ(codeAt(Seam::Call), ErrorCode::DelegateUnreachable);
  EXPECT_EQ(codeAt(Seam::Answer), ErrorCode::InternalError);
  EXPECT_EQ(codeAt(Seam::Written), std::nullopt);

  willFailAt("command/target.create.2.after");
  const auto error = errorOf([] { reachCommand("target.create.2", "vol-00000001", ".after"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::CommandFailed);
  EXPECT_EQ(error->resource(), "vol-00000001");
  EXPECT_EQ(error->command()->action, "target.create.2");
  EXPECT_TRUE(error->command()->exitCode);
}

#else

TEST_F(FaultPointTest, IsNotBuiltIn) {
  willFailAt("a");
  reach(Seam::Call, {"a"});
  willFailAt("command/x.1.before");
  reachCommand("x.1", "", ".before");
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "trace"));
}

#endif

}  // namespace
}  // namespace vbs::fault
