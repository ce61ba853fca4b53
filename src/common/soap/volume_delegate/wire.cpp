#include "common/soap/volume_delegate/wire.h"

#include <soapH.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::soap {
namespace {

constexpr std::array kOutcomes{
    std::pair{CreateVolumeOutcome::Available, std::string_view{"available"}},
    std::pair{CreateVolumeOutcome::Pending, std::string_view{"pending"}},
};
constexpr std::array kCopyStates{
    std::pair{CopyState::Pending, std::string_view{"pending"}},
    std::pair{CopyState::Done, std::string_view{"done"}},
    std::pair{CopyState::Failed, std::string_view{"failed"}},
    std::pair{CopyState::Unknown, std::string_view{"unknown"}},
};

[[noreturn]] void refuse(const std::string& text, const char* what) {
  throw Error(ErrorCode::InvalidParameter, "\"" + printable(text) + "\" is no " + what);
}

template <class Table, class Value>
std::string nameIn(const Table& table, Value value) {
  for (const auto& [candidate, name] : table) {
    if (candidate == value) return std::string(name);
  }
  throw std::logic_error("a value that has no name in volume-delegate.wsdl");
}

template <class Table>
auto valueIn(const Table& table, const std::string& text, const char* what) {
  for (const auto& [value, name] : table) {
    if (name == text) return value;
  }
  refuse(text, what);
}

}  // namespace

std::string toWire(CreateVolumeOutcome outcome) {
  return nameIn(kOutcomes, outcome);
}

CreateVolumeOutcome createVolumeOutcomeFromWire(const std::string& text) {
  return valueIn(kOutcomes, text, "outcome of createVolume");
}

std::optional<TargetIdentity> targetIdentityFromWire(const int* targetId, const std::string* targetName) {
  if (targetId == nullptr && targetName == nullptr) return std::nullopt;
  if (targetId == nullptr || targetName == nullptr) {
    throw Error(ErrorCode::InvalidParameter, "targetId and targetName must be given together or not at all");
  }
  return TargetIdentity{TargetId(*targetId), TargetName(*targetName)};
}

vd__Copy* toWire(struct soap* gsoap, const CopyStatus& status) {
  vd__Copy* const copy = soap_new_vd__Copy(gsoap);
  copy->volumeId = status.volumeId.str();
  copy->state = nameIn(kCopyStates, status.state);
  copy->progressPercent = toWire(gsoap, status.progressPercent);
  copy->reason = toWire(gsoap, status.reason);
  return copy;
}

CopyStatus fromWire(const vd__Copy& copy) {
  return {
      .volumeId = VolumeId(copy.volumeId),
      .state = valueIn(kCopyStates, copy.state, "state of a copy"),
      .progressPercent = fromWire(copy.progressPercent),
      .reason = fromWire(copy.reason),
  };
}

vd__Volume* toWire(struct soap* gsoap, const VolumeServerInventory::Volume& volume) {
  vd__Volume* const wire = soap_new_vd__Volume(gsoap);
  wire->volumeId = volume.volumeId.str();
  wire->sizeBytes = toWire(gsoap, volume.sizeBytes);
  return wire;
}

VolumeServerInventory::Volume fromWire(const vd__Volume& volume) {
  return {.volumeId = VolumeId(volume.volumeId), .sizeBytes = fromWire(volume.sizeBytes)};
}

vd__Snapshot* toWire(struct soap* gsoap, const VolumeServerInventory::Snapshot& snapshot) {
  vd__Snapshot* const wire = soap_new_vd__Snapshot(gsoap);
  wire->snapshotId = snapshot.snapshotId.str();
  wire->defect = toWire(gsoap, snapshot.defect);
  wire->volumeId = toWire(gsoap, snapshot.volumeId);
  wire->sizeBytes = toWire(gsoap, snapshot.sizeBytes);
  return wire;
}

VolumeServerInventory::Snapshot fromWire(const vd__Snapshot& snapshot) {
  return {.snapshotId = SnapshotId(snapshot.snapshotId),
          .defect = fromWire(snapshot.defect),
          .volumeId = nameFromWire<VolumeId>(snapshot.volumeId),
          .sizeBytes = fromWire(snapshot.sizeBytes)};
}

vd__Target* toWire(struct soap* gsoap, const VolumeServerInventory::Target& target) {
  vd__Target* const wire = soap_new_vd__Target(gsoap);
  if (target.targetId) wire->targetId = toWire(gsoap, std::optional(target.targetId->number()));
  wire->targetName = target.targetName.str();
  wire->volumeId = toWire(gsoap, target.volumeId);
  return wire;
}

VolumeServerInventory::Target fromWire(const vd__Target& target) {
  return {
      .targetId = target.targetId != nullptr ? std::optional<TargetId>(*target.targetId) : std::nullopt,
      .targetName = TargetName(target.targetName),
      .volumeId = nameFromWire<VolumeId>(target.volumeId),
  };
}

VolumeStatus copyEndFromWire(const std::string& text) {
  const auto status = parseVolumeStatus(text);
  if (status != VolumeStatus::Available && status != VolumeStatus::Error) {
    refuse(text, "status that a copy ends in: expected available or error");
  }
  return *status;
}

}  // namespace vbs::soap
