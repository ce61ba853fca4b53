#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/model/error.h"
#include "common/model/ids.h"
#include "common/model/records.h"
#include "common/model/target.h"
#include "vbs_service/metadata/attachment.h"
#include "vbs_service/metadata/operation.h"

namespace vbs::metadata {

/// How a type stands in a column: put() answers the std::int64_t or the text that is kept, and get() makes
/// the value of it again. get() throws Error for what put() never answered, such as a word that only a newer
/// program knows.
template <class Value>
struct SqlType;

template <>
struct SqlType<std::int64_t> {
  static std::int64_t put(std::int64_t value) { return value; }
  static std::int64_t get(std::int64_t column) { return column; }
};
template <>
struct SqlType<int> {
  static std::int64_t put(int value) { return value; }
  static int get(std::int64_t column) { return static_cast<int>(column); }
};
template <>
struct SqlType<bool> {
  static std::int64_t put(bool value) { return value ? 1 : 0; }
  static bool get(std::int64_t column) { return column != 0; }
};
template <>
struct SqlType<std::string> {
  static const std::string& put(const std::string& value) { return value; }
  static std::string get(std::string column) { return column; }
};
template <>
struct SqlType<std::string_view> {
  static std::string put(std::string_view value) { return std::string(value); }
};

/// In UTC, seconds since 1970.
template <>
struct SqlType<Time> {
  static std::int64_t put(Time value) { return value.time_since_epoch().count(); }
  static Time get(std::int64_t column) { return Time(std::chrono::seconds(column)); }
};
template <>
struct SqlType<SizeGiB> {
  static std::int64_t put(SizeGiB value) { return value.count(); }
  static SizeGiB get(std::int64_t column) { return SizeGiB(column); }
};
template <>
struct SqlType<TargetId> {
  static std::int64_t put(TargetId value) { return value.number(); }
  static TargetId get(std::int64_t column) { return TargetId(static_cast<int>(column)); }
};
template <>
struct SqlType<Lun> {
  static std::int64_t put(Lun value) { return value.number(); }
  static Lun get(std::int64_t column) { return Lun(static_cast<int>(column)); }
};
template <class Kind>
struct SqlType<Name<Kind>> {
  static const std::string& put(const Name<Kind>& value) { return value.str(); }
  static Name<Kind> get(std::string column) { return Name<Kind>(std::move(column)); }
};

/// An enumeration that is kept by its words. What no parser knows is of a newer program, or a damaged file.
template <class Enum, std::optional<Enum> (*Parse)(std::string_view)>
struct SqlWord {
  static std::string put(Enum value) { return std::string(toString(value)); }
  static Enum get(const std::string& column) {
    if (const auto value = Parse(column)) return *value;
    throw Error(ErrorCode::InternalError, "the metadata hold the unknown word \"" + column + "\"");
  }
};
template <>
struct SqlType<VolumeStatus> : SqlWord<VolumeStatus, parseVolumeStatus> {};
template <>
struct SqlType<SnapshotStatus> : SqlWord<SnapshotStatus, parseSnapshotStatus> {};
template <>
struct SqlType<AttachmentStatus> : SqlWord<AttachmentStatus, parseAttachmentStatus> {};
template <>
struct SqlType<AttachmentMode> : SqlWord<AttachmentMode, parseAttachmentMode> {};
template <>
struct SqlType<ResourceKind> : SqlWord<ResourceKind, parseResourceKind> {};
template <>
struct SqlType<OperationState> : SqlWord<OperationState, parseOperationState> {};

}  // namespace vbs::metadata
