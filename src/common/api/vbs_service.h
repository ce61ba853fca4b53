#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/api/context.h"
#include "common/model/records.h"

namespace vbs {

// wsdl/vbs.wsdl in C++. Strings that are not ids yet are as the caller sent them; the service validates them.

struct CreateVolumeRequest {
  std::optional<std::int64_t> sizeGiB;  ///< may be left out with a snapshot: then the snapshot's size
  std::string comment;                  ///< at most 255 characters of XML text
  std::optional<SnapshotId> snapshotId;
  std::optional<std::string> clientToken;  ///< at most 64 characters; makes the request idempotent
};

struct CreateSnapshotRequest {
  VolumeId volumeId;
  std::string comment;
  std::optional<std::string> clientToken;
};

struct AttachVolumeRequest {
  VolumeId volumeId;
  VmmHostname vmmHostname;
  VmId vmId;
  VmDevice vmDevice;
};

struct DetachVolumeRequest {
  VolumeId volumeId;
  bool force = false;  ///< the VM host is lost: skip the VMM Delegate
};

/// Which part of a listing. With ids: those. Without ids: all, in the order of creation.
template <class Id>
struct DescribeRequest {
  std::vector<Id> ids;
  std::optional<int> maxResults;         ///< 1 to 1000
  std::optional<std::string> nextToken;  ///< as a former page gave it
};

template <class Record>
struct Page {
  std::vector<Record> records;
  std::optional<std::string> nextToken;  ///< set when more follow
};

/// The VBS Service: the paper's eight operations. Implemented by the Coordinator (the service itself) and by
/// the SOAP client of it. Every operation may throw Error with any code that its description in vbs.wsdl
/// lists. Implementations may be called from several threads.
class VbsService {
public:
  virtual ~VbsService() = default;

  virtual Volume createVolume(const RequestContext& context, const CreateVolumeRequest& request) = 0;
  virtual void deleteVolume(const RequestContext& context, const VolumeId& volumeId) = 0;
  virtual Page<Volume> describeVolumes(const RequestContext& context,
                                       const DescribeRequest<VolumeId>& request) = 0;
  virtual Snapshot createSnapshot(const RequestContext& context, const CreateSnapshotRequest& request) = 0;
  virtual void deleteSnapshot(const RequestContext& context, const SnapshotId& snapshotId) = 0;
  virtual Page<Snapshot> describeSnapshots(const RequestContext& context,
                                           const DescribeRequest<SnapshotId>& request) = 0;
  /// Returns once the volume is attached. detachVolume returns once it is detached.
  virtual Attachment attachVolume(const RequestContext& context, const AttachVolumeRequest& request) = 0;
  virtual Attachment detachVolume(const RequestContext& context, const DetachVolumeRequest& request) = 0;
};

}  // namespace vbs
