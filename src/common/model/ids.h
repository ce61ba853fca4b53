#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace vbs {

/// A validated piece of text that names one kind of thing. Made only by parsing, so a value that exists is
/// well-formed. Immutable, cheap to copy for the short texts it is meant for.
///
/// `Kind` supplies `static constexpr std::string_view kName` (how messages call it), `kRule` (the rule in
/// words) and `static bool isValid(std::string_view)`. Where several spellings name one thing, it also
/// supplies `static std::string canonical(std::string)`, which returns the one that is kept.
template <class Kind>
class Name {
public:
  /// Throws Error{InvalidParameter} that quotes the rule.
  explicit Name(std::string text);

  static bool isValid(std::string_view text) { return Kind::isValid(text); }
  const std::string& str() const noexcept { return text_; }
  auto operator<=>(const Name&) const = default;

private:
  std::string text_;
};

struct VolumeIdKind {
  static constexpr std::string_view kName = "volume id";
  static constexpr std::string_view kRule = "\"vol-\" and 8 hexadecimal digits in lower case";
  static bool isValid(std::string_view text);
};
struct SnapshotIdKind {
  static constexpr std::string_view kName = "snapshot id";
  static constexpr std::string_view kRule = "\"snap-\" and 8 hexadecimal digits in lower case";
  static bool isValid(std::string_view text);
};
/// One attachment, from its attaching to the end of its detaching: the next one of the same volume has
/// another.
struct AttachmentIdKind {
  static constexpr std::string_view kName = "attachment id";
  static constexpr std::string_view kRule = "\"att-\" and 8 hexadecimal digits in lower case";
  static bool isValid(std::string_view text);
};
/// One multi-step operation of the VBS Service: the key of its journal row, sent with each delegate call.
struct OperationIdKind {
  static constexpr std::string_view kName = "operation id";
  static constexpr std::string_view kRule = "1 to 64 letters, digits and hyphens, a letter or digit first";
  static bool isValid(std::string_view text);
};
/// One request of a client, for logs and faults.
struct RequestIdKind {
  static constexpr std::string_view kName = "request id";
  static constexpr std::string_view kRule = "1 to 64 letters, digits and hyphens, a letter or digit first";
  static bool isValid(std::string_view text);
};
/// A delegate, by whatever name or address it is reached. Outlives its restarts; no two delegates have the
/// same.
struct DelegateIdKind {
  static constexpr std::string_view kName = "delegate id";
  static constexpr std::string_view kRule = "1 to 64 letters, digits and hyphens, a letter or digit first";
  static bool isValid(std::string_view text);
};
/// One run of a VBS Service, from its start to its end.
struct ServiceInstanceIdKind {
  static constexpr std::string_view kName = "service instance id";
  static constexpr std::string_view kRule = "1 to 64 letters, digits and hyphens, a letter or digit first";
  static bool isValid(std::string_view text);
};
/// The name of a volume server as registered with the VBS Service.
struct VolumeServerNameKind {
  static constexpr std::string_view kName = "volume server name";
  static constexpr std::string_view kRule = "1 to 64 letters, digits and hyphens, a letter or digit first";
  static bool isValid(std::string_view text);
};
/// The name of a VM host as registered with the VBS Service. Host names are the same in any case (RFC 4343),
/// and iSCSI names made of them have no capitals, so it is kept in lower case.
struct VmmHostnameKind {
  static constexpr std::string_view kName = "VMM hostname";
  static constexpr std::string_view kRule =
      "1 to 253 letters, digits, dots and hyphens, a letter or digit first";
  static bool isValid(std::string_view text);
  static std::string canonical(std::string text);
};
/// What the VMM calls a VM: a domain id or name (xl), a domain name or UUID (libvirt), a number (Proxmox).
struct VmIdKind {
  static constexpr std::string_view kName = "VM id";
  static constexpr std::string_view kRule =
      "1 to 128 letters, digits and _ . : + -, a letter, digit or underscore first";
  static bool isValid(std::string_view text);
};
/// The device name inside the VM, without "/dev/": xvdb, sdb, scsi1.
struct VmDeviceKind {
  static constexpr std::string_view kName = "VM device";
  static constexpr std::string_view kRule =
      "a letter followed by at most 31 letters, digits, underscores and hyphens, such as xvdb or /dev/xvdb";
  static bool isValid(std::string_view text);
};
/// An iSCSI qualified name, RFC 7143 section 4.2.7.2, lower case.
struct TargetNameKind {
  static constexpr std::string_view kName = "target name";
  static constexpr std::string_view kRule =
      "an IQN such as iqn.2009-09.org.example:vol-0a1b2c3d, at most 223 bytes";
  static bool isValid(std::string_view text);
};
/// Where an iSCSI target is reached: host:port, IPv6 addresses in brackets.
struct PortalKind {
  static constexpr std::string_view kName = "portal";
  static constexpr std::string_view kRule = "HOST:PORT, an IPv6 address in brackets";
  static bool isValid(std::string_view text);
};

using VolumeId = Name<VolumeIdKind>;
using SnapshotId = Name<SnapshotIdKind>;
using AttachmentId = Name<AttachmentIdKind>;
using OperationId = Name<OperationIdKind>;
using RequestId = Name<RequestIdKind>;
using DelegateId = Name<DelegateIdKind>;
using ServiceInstanceId = Name<ServiceInstanceIdKind>;
using VolumeServerName = Name<VolumeServerNameKind>;
using VmmHostname = Name<VmmHostnameKind>;
using VmId = Name<VmIdKind>;
using VmDevice = Name<VmDeviceKind>;
using TargetName = Name<TargetNameKind>;
using Portal = Name<PortalKind>;

/// The one volume server of an installation that names none: "default".
const VolumeServerName& defaultVolumeServer();

/// A VM device as a person writes it: a leading "/dev/" is dropped, so that /dev/xvdb and xvdb are one
/// device. Throws Error{InvalidParameter}.
VmDevice parseVmDevice(std::string_view text);

}  // namespace vbs

template <class Kind>
struct std::hash<vbs::Name<Kind>> {
  std::size_t operator()(const vbs::Name<Kind>& name) const noexcept {
    return std::hash<std::string>{}(name.str());
  }
};
