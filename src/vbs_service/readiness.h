#pragma once

#include <functional>

#include "common/model/readiness.h"
#include "vbs_service/hosts/last_seen.h"
#include "vbs_service/metadata/metadata_store.h"

namespace vbs::service {

/// The key of the Volume Delegate in LastSeen; a VMM Delegate's is its URL.
inline constexpr const char* kVolumeDelegate = "Volume Delegate";

/// Complains when the metadata cannot be written: the last write failed, and one that is tried now does, too;
/// or their file system is about to be full. `store` must outlive it.
ReadinessSource metadataReadiness(metadata::MetadataStore& store);

/// Complains when the Volume Delegate, without which nothing works, or a VMM Delegate did not answer the last
/// time. Then `ask` asks the Volume Delegate again, as perhaps nobody else does. It answers through
/// LastSeen, and what it throws is ignored. `seen` must outlive it.
ReadinessSource delegateReadiness(LastSeen& seen, std::function<void()> ask);

}  // namespace vbs::service
