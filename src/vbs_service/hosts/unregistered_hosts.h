#pragma once

#include <map>
#include <vector>

#include "common/model/ids.h"
#include "vbs_service/hosts/vmm_delegates.h"
#include "vbs_service/metadata/metadata_reader.h"

namespace vbs::service {

/// The hosts that no setting names and that have volumes all the same, with these volumes. The volumes cannot
/// be detached there, nor looked after, until the host is registered again.
std::map<VmmHostname, std::vector<VolumeId>> unregisteredHosts(
    const std::vector<metadata::AttachmentRecord>& attachments, const VmmDelegates& delegates);

/// Warns about each of them.
void warnOfUnregisteredHosts(const std::vector<metadata::AttachmentRecord>& attachments,
                             const VmmDelegates& delegates);

}  // namespace vbs::service
