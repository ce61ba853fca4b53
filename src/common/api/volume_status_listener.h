#pragma once

#include <optional>
#include <string>

#include "common/model/ids.h"
#include "common/model/status.h"

namespace vbs {

/// The VBS Service's ear for the Volume Delegate: the end of a background copy is told at once. A hint only:
/// what is true is asked for with VolumeDelegate::describeCopies, so a lost or forged call changes nothing
/// but the delay. Thread-safe.
class VolumeStatusListener {
public:
  virtual ~VolumeStatusListener() = default;

  /// `status` is Available or Error. An unknown volume is ignored.
  virtual void volumeStatusChanged(const RequestId& requestId, const VolumeId& volumeId, VolumeStatus status,
                                   const std::optional<std::string>& reason) = 0;
};

}  // namespace vbs
