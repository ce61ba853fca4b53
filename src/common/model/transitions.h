#pragma once

#include "common/model/status.h"

namespace vbs {

// The one place that knows which status may follow which. A row that goes away follows `Deleting` (volumes,
// snapshots) or `Detaching` and `Attaching` (attachments), and is not a status.

bool isLegal(VolumeStatus from, VolumeStatus to);
bool isLegal(SnapshotStatus from, SnapshotStatus to);
bool isLegal(AttachmentStatus from, AttachmentStatus to);

}  // namespace vbs
