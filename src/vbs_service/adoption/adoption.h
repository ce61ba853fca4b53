#pragma once

#include <set>
#include <string>

#include "common/model/records.h"
#include "common/system/scheduler.h"
#include "vbs_service/engine/delegates.h"
#include "vbs_service/metadata/metadata_store.h"
#include "vbs_service/reconcile/surveyor.h"

namespace vbs::adoption {

/// Takes volumes and snapshots that the volume server has and the metadata do not know into the metadata, as
/// after a restored backup. Changes nothing but the metadata. Thread-safe; adoptions wait for each other.
class Adoption {
public:
  /// Both must outlive it.
  Adoption(system::Scheduler& scheduler, metadata::MetadataStore& store, const engine::Delegates& delegates,
           const reconcile::SurveyorSettings& settings);

  /// See VbsAdmin::adoptVolume and adoptSnapshot.
  Volume adopt(const RequestId& requestId, const VolumeId& id, const std::string& comment);
  Snapshot adopt(const RequestId& requestId, const SnapshotId& id, const std::string& comment);

  /// Nobody is asked any more; an adoption that waits for answers is refused.
  void stop() { surveyor_.stop(); }

private:
  reconcile::Inventories look(const RequestId& requestId, const std::set<VmmHostname>& hosts);
  void requireNoCopyInto(const RequestId& requestId, const VolumeId& id);

  metadata::MetadataStore& store_;
  const engine::Delegates& delegates_;
  reconcile::Surveyor surveyor_;
  system::Mutex adopting_;  // a survey leaves out what another one is asking
};

}  // namespace vbs::adoption
