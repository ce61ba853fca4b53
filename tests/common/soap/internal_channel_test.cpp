#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "common/soap/http_channel.h"
#include "common/soap/vmm_delegate_client.h"

namespace vbs::soap {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(InternalChannel, NamesNoAddressInItsErrors) {
  VmmDelegateClient client(internalChannel("http://127.0.0.1:1/vmm-delegate", {}, "the VMM Delegate"));
  try {
    client.inventory(RequestId("r"));
    FAIL() << "somebody answers at port 1";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::DelegateUnreachable);
    EXPECT_THAT(error.what(), HasSubstr("Connection refused"));
    EXPECT_THAT(error.what(), Not(HasSubstr("127.0.0.1")));
    EXPECT_THAT(error.what(), Not(HasSubstr("http")));
  }
}

TEST(InternalChannel, IsCalledByItsName) {
  EXPECT_EQ(internalChannel("http://127.0.0.1:1/x", {}, "the Volume Delegate")->url(), "the Volume Delegate");
}

}  // namespace
}  // namespace vbs::soap
