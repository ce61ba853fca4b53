#pragma once

#include <optional>
#include <tuple>

#include "common/api/vmm_delegate.h"
#include "common/api/volume_delegate.h"
#include "vbs_service/engine/fields.h"
#include "vbs_service/metadata/metadata_reader.h"

namespace vbs::workflows {

/// A volume as a VM host has it or is to have it: its place in a VM and the way there, as far as they are
/// known. A part of the parameters of all workflows that ask a VM host.
struct AttachedVolume {
  VolumeId volumeId;
  std::optional<SizeGiB> size;  ///< absent when the volume is gone
  std::optional<VmId> vmId;
  std::optional<VmDevice> vmDevice;
  std::optional<TargetIdentity> target;
  VolumeExport exported;
  std::optional<bool> isInVm;  ///< the VM was given the volume; absent: not known

  static constexpr auto fields() {
    using V = AttachedVolume;
    using engine::field;
    using engine::inlined;
    return std::tuple{field("volumeId", &V::volumeId), field("sizeGiB", &V::size), field("vmId", &V::vmId),
                      field("vmDevice", &V::vmDevice), inlined(&V::target),        inlined(&V::exported),
                      field("isInVm", &V::isInVm)};
  }
  bool operator==(const AttachedVolume&) const = default;
};

/// As the metadata have it.
AttachedVolume attachedVolume(const metadata::MetadataReader& tx, const metadata::AttachmentRecord& record);

/// What a VMM Delegate is told of it.
VmAttachment vmAttachment(const AttachedVolume& volume);

/// A journal of before attachments had their volume's size lacks it.
void addSize(AttachedVolume& volume, const metadata::MetadataReader& tx);

}  // namespace vbs::workflows
