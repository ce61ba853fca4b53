#pragma once

#include <compare>
#include <optional>

#include "common/model/ids.h"

namespace vbs {

/// The small number by which ietadm and tgtadm know a target (their "tid"), 1 to 65535; allocated by the VBS
/// Service.
class TargetId {
public:
  static constexpr int kMin = 1;
  static constexpr int kMax = 65535;

  /// Throws Error{InvalidParameter} outside kMin..kMax.
  explicit TargetId(int number);

  int number() const noexcept { return number_; }
  auto operator<=>(const TargetId&) const = default;

private:
  int number_;
};

/// A SCSI logical unit number, 0 to 255.
class Lun {
public:
  static constexpr int kMin = 0;
  static constexpr int kMax = 255;

  /// Throws Error{InvalidParameter} outside kMin..kMax.
  explicit Lun(int number);

  int number() const noexcept { return number_; }
  auto operator<=>(const Lun&) const = default;

private:
  int number_;
};

/// The volume whose target this is: our target names are `<prefix>:<volumeId>`. Nothing for others' targets.
std::optional<VolumeId> volumeOf(const TargetName& targetName);

}  // namespace vbs
