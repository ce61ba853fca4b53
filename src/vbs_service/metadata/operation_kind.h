#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/model/status.h"
#include "vbs_service/metadata/operation.h"

namespace vbs::metadata {

/// What operations of a kind are about, a volume or a snapshot, and the statuses that it may have while one
/// is open. A value type.
class OperationResource {
public:
  static constexpr OperationResource volume(std::initializer_list<VolumeStatus> statuses) {
    return {ResourceKind::Volume, bitsOf(statuses), false};
  }
  static constexpr OperationResource snapshot(std::initializer_list<SnapshotStatus> statuses) {
    return {ResourceKind::Snapshot, bitsOf(statuses), false};
  }
  static constexpr OperationResource anyVolume() {
    return {ResourceKind::Volume, static_cast<Bits>(~Bits{0}), true};
  }
  /// The metadata may as well not have it: such operations have nothing to give back, and tell it nothing.
  constexpr OperationResource orGone() const { return {kind_, statuses_, true}; }

  constexpr ResourceKind kind() const noexcept { return kind_; }
  constexpr bool isSnapshot() const noexcept { return kind_ == ResourceKind::Snapshot; }
  constexpr bool mayBeGone() const noexcept { return mayBeGone_; }
  /// `status`: as the database has it; absent when the resource is gone.
  bool allows(const std::optional<std::string>& status) const;

private:
  using Bits = std::uint16_t;

  constexpr OperationResource(ResourceKind kind, Bits statuses, bool mayBeGone)
      : kind_(kind), statuses_(statuses), mayBeGone_(mayBeGone) {}

  template <class Status>
  static constexpr Bits bitOf(Status status) {
    return static_cast<Bits>(Bits{1} << static_cast<unsigned>(status));
  }
  template <class Status>
  static constexpr Bits bitsOf(std::initializer_list<Status> statuses) {
    Bits bits = 0;
    for (const Status status : statuses) bits = static_cast<Bits>(bits | bitOf(status));
    return bits;
  }
  template <class Status>
  bool has(const std::optional<Status>& status) const {
    return status && (statuses_ & bitOf(*status)) != 0;
  }

  ResourceKind kind_;
  Bits statuses_;
  bool mayBeGone_;
};

/// What there is to know of a kind of operation without carrying one out.
struct OperationKind {
  std::string_view name;  ///< stable: the journal knows the kind by it
  OperationResource resource;
  std::string_view inWords;  ///< what is done to the resource, for messages: "being attached"
  /// Owns its resource: no other such operation is open on it.
  bool isExclusive = true;
  /// Begun by the service itself, and soon to end: a user's operation on the same volume waits for it.
  bool isBrief = false;
};

/// Nothing for a kind that is not among them: that of a newer program.
const OperationKind* kindNamed(std::string_view name, std::span<const OperationKind> kinds);

}  // namespace vbs::metadata
