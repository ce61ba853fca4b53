#include "common/delegate/identity.h"

#include <gtest/gtest.h>

#include "support/scratch_directory.h"

namespace vbs::delegate {
namespace {

constexpr const char* kMachineId = "0123456789abcdef0123456789abcdef\n";

class IdentityTest : public testing::Test {
protected:
  DelegateId of(const std::string& machineId, int port = 8092, const std::string& part = "vmm-delegate") {
    return delegateIdOf(part, port, directory_.write("machine-id", machineId));
  }

  support::ScratchDirectory directory_;
};

TEST_F(IdentityTest, IsTheSameAfterEachStart) {
  EXPECT_EQ(of(kMachineId), of(kMachineId));
}

TEST_F(IdentityTest, IsAnotherForEachMachinePartAndPort) {
  EXPECT_NE(of(kMachineId), of("1123456789abcdef0123456789abcdef\n"));
  EXPECT_NE(of(kMachineId), of(kMachineId, 8093));
  EXPECT_NE(of(kMachineId), of(kMachineId, 8092, "volume-delegate"));
}

TEST_F(IdentityTest, DoesNotTellTheMachinesId) {
  EXPECT_EQ(of(kMachineId).str().find("0123456789abcdef"), std::string::npos);
}

TEST_F(IdentityTest, IsMadeOfTheHostNameWhereThereIsNoMachineId) {
  const DelegateId named = delegateIdOf("vmm-delegate", 8092, directory_.path() / "absent");
  for (const char* none : {"", "uninitialized\n", "00000000000000000000000000000000\n"}) {
    EXPECT_EQ(of(none), named) << none;
  }
  EXPECT_NE(of(kMachineId), named);
}

TEST_F(IdentityTest, IsOneOfThisRunOnlyWhereThePortIs) {
  EXPECT_NE(of(kMachineId, 0), of(kMachineId, 0));
}

}  // namespace
}  // namespace vbs::delegate
