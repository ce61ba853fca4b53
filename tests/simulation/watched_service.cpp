#include "simulation/watched_service.h"

#include "common/model/error.h"

namespace vbs::simulation {
namespace {

/// A change of a volume, from when it comes until it is answered.
class Change {
public:
  Change(Promises& promises, const VolumeId& volumeId) : promises_(promises), id_(volumeId.str()) {
    promises_.beginChange(id_);
  }
  ~Change() { promises_.endChange(id_); }
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;

private:
  Promises& promises_;
  const std::string id_;
};

}  // namespace

void WatchedService::deleteVolume(const RequestContext& context, const VolumeId& volumeId) {
  const Change change(promises_, volumeId);
  service_.deleteVolume(context, volumeId);
}

// Nothing waits between the reading of the metadata and the promise: no detach can come in between.
Page<Volume> WatchedService::describeVolumes(const RequestContext& context,
                                             const DescribeRequest<VolumeId>& request) {
  Page<Volume> page = service_.describeVolumes(context, request);
  for (const Volume& volume : page.records) {
    if (volume.status == VolumeStatus::Available) promises_.showFree(volume.volumeId.str());
    if (volume.status != VolumeStatus::InUse || !volume.attachment) continue;
    const Attachment& attachment = *volume.attachment;
    promises_.show(volume.volumeId.str(),
                   {attachment.vmmHostname.str(), attachment.vmId.str(), attachment.vmDevice.str()});
  }
  return page;
}

Attachment WatchedService::attachVolume(const RequestContext& context, const AttachVolumeRequest& request) {
  const Change change(promises_, request.volumeId);
  Attachment attachment = service_.attachVolume(context, request);
  // By now it may be detached again: what counts is what is shown.
  try {
    describeVolumes(context, {.ids = {request.volumeId}, .maxResults = {}, .nextToken = {}});
  } catch (const Error&) {  // NOLINT(bugprone-empty-catch): it is gone
  }
  return attachment;
}

Attachment WatchedService::detachVolume(const RequestContext& context, const DetachVolumeRequest& request) {
  struct Detach {
    Detach(Promises& all, std::string volumeId) : promises(all), id(std::move(volumeId)) {
      promises.beginDetach(id);
    }
    ~Detach() { promises.endDetach(id); }
    Detach(const Detach&) = delete;
    Detach& operator=(const Detach&) = delete;
    Promises& promises;
    const std::string id;
  };
  const Change change(promises_, request.volumeId);
  const Detach detach(promises_, request.volumeId.str());
  return service_.detachVolume(context, request);
}

}  // namespace vbs::simulation
