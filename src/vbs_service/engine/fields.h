#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "common/api/vmm_delegate.h"
#include "common/api/volume_delegate.h"
#include "common/model/error.h"
#include "common/model/ids.h"
#include "common/model/size.h"
#include "common/model/status.h"
#include "vbs_service/engine/journal_record.h"

// How records stand in the journal. A record lists its fields once, in the order in which they are declared:
//
//   struct DeleteVolumeParameters {
//     VolumeId volumeId;
//     std::optional<std::string> reasonBefore;
//     static constexpr auto fields() {
//       using P = DeleteVolumeParameters;
//       return std::tuple{field("volumeId", &P::volumeId), field("reasonBefore", &P::reasonBefore)};
//     }
//   };
//
// An absent optional and a false bool are left out. A record gives its members no initial values: then one
// that fields() does not list does not compile.

namespace vbs::engine {

/// A field: its name in the journal, which never changes, and the member it is kept in.
template <class Record, class Member>
struct Field {
  std::string_view name;
  Member Record::*member;
};
/// A member that is a record itself, whose fields stand beside the others. An optional one is there when its
/// first field is.
template <class Record, class Member>
struct Inlined {
  Member Record::*member;
};

template <class Record, class Member>
constexpr Field<Record, Member> field(std::string_view name, Member Record::*member) {
  return {name, member};
}
template <class Record, class Member>
constexpr Inlined<Record, Member> inlined(Member Record::*member) {
  return {member};
}

/// The fields of a record; of one that belongs to a layer below, they are listed here. Those have initial
/// values: a member that is added to one is to be added here, too.
template <class Record>
struct FieldsOf {
  static constexpr auto list() { return Record::fields(); }
};
template <>
struct FieldsOf<TargetIdentity> {
  static constexpr auto list() {
    return std::tuple{field("targetId", &TargetIdentity::targetId),
                      field("targetName", &TargetIdentity::targetName)};
  }
};
template <>
struct FieldsOf<VolumeExport> {
  static constexpr auto list() {
    return std::tuple{field("portal", &VolumeExport::portal), field("lun", &VolumeExport::lun)};
  }
};
template <>
struct FieldsOf<PriorFinding> {
  static constexpr auto list() {
    return std::tuple{field("sessionBefore", &PriorFinding::session),
                      field("deviceBefore", &PriorFinding::device)};
  }
};
template <>
struct FieldsOf<VmPlace> {
  static constexpr auto list() {
    return std::tuple{field("hostDevice", &VmPlace::hostDevice), field("isGivenToVm", &VmPlace::isInVm)};
  }
};

/// How a value stands in the journal: as which type of JSON, and how it is made of that. read() throws what
/// making it throws.
template <class Value>
struct Scalar {
  using Stored = Value;
  static Stored write(const Value& value) { return value; }
  static Value read(const Stored& stored) { return stored; }
};
template <class Kind>
struct Scalar<Name<Kind>> {
  using Stored = std::string;
  static Stored write(const Name<Kind>& name) { return name.str(); }
  static Name<Kind> read(const Stored& stored) { return Name<Kind>(stored); }
};
template <>
struct Scalar<SizeGiB> {
  using Stored = std::int64_t;
  static Stored write(SizeGiB size) { return size.count(); }
  static SizeGiB read(Stored stored) { return SizeGiB(stored); }
};
template <class Number>
struct SmallNumber {
  using Stored = std::int64_t;
  static Stored write(Number number) { return number.number(); }
  static Number read(Stored stored) {
    // What is no int is out of its range, too.
    const bool isInt = stored >= 0 && stored <= std::numeric_limits<int>::max();
    return Number(isInt ? static_cast<int>(stored) : -1);
  }
};
template <>
struct Scalar<TargetId> : SmallNumber<TargetId> {};
template <>
struct Scalar<Lun> : SmallNumber<Lun> {};
template <class Word, std::optional<Word> (*kParse)(std::string_view)>
struct WordOf {
  using Stored = std::string;
  static Stored write(Word word) { return std::string(toString(word)); }
  static Word read(const Stored& stored) {
    const auto word = kParse(stored);
    if (!word) throw Error(ErrorCode::InternalError, "\"" + stored + "\" is none of its words");
    return *word;
  }
};
template <>
struct Scalar<VolumeStatus> : WordOf<VolumeStatus, &parseVolumeStatus> {};
template <>
struct Scalar<SnapshotStatus> : WordOf<SnapshotStatus, &parseSnapshotStatus> {};
template <>
struct Scalar<Presence> : WordOf<Presence, &parsePresence> {};

namespace detail {

template <class Value>
inline constexpr bool kIsOptional = false;
template <class Value>
inline constexpr bool kIsOptional<std::optional<Value>> = true;

template <class Value>
Value readScalar(const JournalRecord& journal, std::string_view name) {
  return Scalar<Value>::read(journal.get<typename Scalar<Value>::Stored>(name));
}

template <class Record>
void write(JournalRecord& journal, const Record& record);
template <class Record>
Record read(const JournalRecord& journal);

template <class Record, class Member>
void writeField(JournalRecord& journal, const Record& record, const Field<Record, Member>& field) {
  const Member& member = record.*field.member;
  if constexpr (kIsOptional<Member>) {
    if (member) journal.put(field.name, Scalar<typename Member::value_type>::write(*member));
  } else if constexpr (std::is_same_v<Member, bool>) {
    if (member) journal.put(field.name, true);
  } else {
    journal.put(field.name, Scalar<Member>::write(member));
  }
}
template <class Record, class Member>
void writeField(JournalRecord& journal, const Record& record, const Inlined<Record, Member>& field) {
  const Member& member = record.*field.member;
  if constexpr (kIsOptional<Member>) {
    if (member) write(journal, *member);
  } else {
    write(journal, member);
  }
}

template <class Record, class Member>
Member readField(const JournalRecord& journal, const Field<Record, Member>& field) {
  if constexpr (kIsOptional<Member>) {
    if (!journal.has(field.name)) return std::nullopt;
    return readScalar<typename Member::value_type>(journal, field.name);
  } else if constexpr (std::is_same_v<Member, bool>) {
    return journal.has(field.name) && journal.get<bool>(field.name);
  } else {
    return readScalar<Member>(journal, field.name);
  }
}
template <class Record, class Member>
Member readField(const JournalRecord& journal, const Inlined<Record, Member>& /*field*/) {
  if constexpr (kIsOptional<Member>) {
    using Value = typename Member::value_type;
    if (!journal.has(std::get<0>(FieldsOf<Value>::list()).name)) return std::nullopt;
    return read<Value>(journal);
  } else {
    return read<Member>(journal);
  }
}

template <class Record>
void write(JournalRecord& journal, const Record& record) {
  std::apply([&](const auto&... field) { (writeField(journal, record, field), ...); },
             FieldsOf<Record>::list());
}

template <class Record>
Record read(const JournalRecord& journal) {
  return std::apply([&](const auto&... field) { return Record{readField(journal, field)...}; },
                    FieldsOf<Record>::list());
}

template <class Record>
bool hasField(std::string_view name);
template <class Record, class Member>
bool isNamed(const Field<Record, Member>& field, std::string_view name) {
  return field.name == name;
}
template <class Record, class Member>
bool isNamed(const Inlined<Record, Member>& /*field*/, std::string_view name) {
  if constexpr (kIsOptional<Member>) {
    return hasField<typename Member::value_type>(name);
  } else {
    return hasField<Member>(name);
  }
}
template <class Record>
bool hasField(std::string_view name) {
  return std::apply([&](const auto&... field) { return (isNamed(field, name) || ...); },
                    FieldsOf<Record>::list());
}

}  // namespace detail
}  // namespace vbs::engine
