#pragma once

#include "vbs_service/reconcile/evidence.h"
#include "vbs_service/reconcile/findings.h"

namespace vbs::reconcile {

/// What an attachment should have: its target on the volume server, the session of its host, the device in
/// its VM. What is missing is restored, unless a VM of another host is seen to have the volume.
void compareAttachment(const metadata::AttachmentRecord& record, const Evidence& evidence,
                       Findings& findings);

}  // namespace vbs::reconcile
