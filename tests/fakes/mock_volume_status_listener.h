#pragma once

#include <gmock/gmock.h>

#include "common/api/volume_status_listener.h"

namespace vbs::fakes {

/// For tests of what stands in front of a VolumeStatusListener: each call does what the test says.
class MockVolumeStatusListener : public VolumeStatusListener {
public:
  MOCK_METHOD(void, volumeStatusChanged,
              (const RequestId&, const VolumeId&, VolumeStatus, const std::optional<std::string>&),
              (override));
};

}  // namespace vbs::fakes
