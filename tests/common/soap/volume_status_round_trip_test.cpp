#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "common/soap/volume_status/client.h"
#include "common/soap/volume_status/endpoint.h"
#include "fakes/loopback_channel.h"
#include "fakes/mock_volume_status_listener.h"
#include "support/expect_error.h"

namespace vbs::soap {
namespace {

const RequestId kRequestId("copy-1");
const VolumeId kVolumeId("vol-0a1b2c3d");

class VolumeStatusRoundTrip : public ::testing::Test {
protected:
  VolumeStatusRoundTrip()
      : endpoint_(listener_), client_(std::make_unique<fakes::LoopbackChannel>(endpoint_)) {}

  ::testing::StrictMock<fakes::MockVolumeStatusListener> listener_;
  VolumeStatusEndpoint endpoint_;
  VolumeStatusClient client_;
};

TEST_F(VolumeStatusRoundTrip, TellsThatACopyIsComplete) {
  EXPECT_CALL(listener_, volumeStatusChanged(kRequestId, kVolumeId, VolumeStatus::Available,
                                             std::optional<std::string>()));
  client_.volumeStatusChanged(kRequestId, kVolumeId, VolumeStatus::Available, std::nullopt);
}

TEST_F(VolumeStatusRoundTrip, TellsWhyACopyFailed) {
  EXPECT_CALL(listener_, volumeStatusChanged(kRequestId, kVolumeId, VolumeStatus::Error,
                                             std::optional<std::string>("dd: I/O error")));
  client_.volumeStatusChanged(kRequestId, kVolumeId, VolumeStatus::Error, "dd: I/O error");
}

TEST_F(VolumeStatusRoundTrip, RefusesAStatusThatNoCopyEndsIn) {
  const Error error =
      errorOf([&] { client_.volumeStatusChanged(kRequestId, kVolumeId, VolumeStatus::InUse, std::nullopt); });
  EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
  EXPECT_STREQ(error.what(), "\"in-use\" is no status that a copy ends in: expected available or error");
}

}  // namespace
}  // namespace vbs::soap
