#pragma once

#include <optional>
#include <string>

#include "common/model/ids.h"
#include "common/model/status.h"

namespace vbs {

/// How the Volume Delegate tells the VBS Service at once that a background copy has ended. A hint only: the
/// service asks VolumeDelegate::describeCopies for what is true, so a lost or forged call changes nothing but
/// the delay. Thread-safe.
class VolumeStatusListener {
public:
  virtual ~VolumeStatusListener() = default;

  /// `status` is Available or Error. An unknown volume is ignored.
  virtual void volumeStatusChanged(const RequestId& requestId, const VolumeId& volumeId, VolumeStatus status,
                                   const std::optional<std::string>& reason) = 0;
};

}  // namespace vbs
