#pragma once

#include "vbs_service/reconcile/evidence.h"
#include "vbs_service/reconcile/findings.h"

namespace vbs::reconcile {

/// What a host has of a volume that is not attached there. It is taken from the host once it is certain to be
/// a stray; compare() has the rule.
void compareHost(const VmmHostname& host, const VolumeId& id, const Presence& presence,
                 const Evidence& evidence, Findings& findings);

}  // namespace vbs::reconcile
