#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/http/http_channel.h"
#include "common/model/error.h"

namespace vbs::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(InternalChannel, NamesNoAddressInItsErrors) {
  const auto channel = internalChannel("http://127.0.0.1:1/vmm-delegate", {}, "the VMM Delegate");
  try {
    channel->post({}, "");
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
}  // namespace vbs::http
