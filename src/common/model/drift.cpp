#include "common/model/drift.h"

#include <algorithm>
#include <array>
#include <utility>

namespace vbs {
namespace {

constexpr std::array kKinds{
    std::pair{DriftKind::MissingTarget, std::string_view{"missing-target"}},
    std::pair{DriftKind::BrokenTarget, std::string_view{"broken-target"}},
    std::pair{DriftKind::MissingDevice, std::string_view{"missing-device"}},
    std::pair{DriftKind::MissingVolume, std::string_view{"missing-volume"}},
    std::pair{DriftKind::MissingSnapshot, std::string_view{"missing-snapshot"}},
    std::pair{DriftKind::BrokenSnapshot, std::string_view{"broken-snapshot"}},
    std::pair{DriftKind::StrayTarget, std::string_view{"stray-target"}},
    std::pair{DriftKind::StuckSession, std::string_view{"stuck-session"}},
    std::pair{DriftKind::StraySession, std::string_view{"stray-session"}},
    std::pair{DriftKind::StrayDevice, std::string_view{"stray-device"}},
    std::pair{DriftKind::OrphanVolume, std::string_view{"orphan-volume"}},
    std::pair{DriftKind::OrphanSnapshot, std::string_view{"orphan-snapshot"}},
};
constexpr std::array kOutcomes{
    std::pair{DriftOutcome::Reported, std::string_view{"reported"}},
    std::pair{DriftOutcome::Planned, std::string_view{"planned"}},
    std::pair{DriftOutcome::Repaired, std::string_view{"repaired"}},
    std::pair{DriftOutcome::Failed, std::string_view{"failed"}},
};

template <class Table, class Value>
std::string_view nameIn(const Table& table, Value value) {
  return std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.first == value; })
      ->second;
}

template <class Table>
auto valueIn(const Table& table, std::string_view name) -> std::optional<decltype(table[0].first)> {
  const auto row =
      std::find_if(table.begin(), table.end(), [&](const auto& each) { return each.second == name; });
  return row == table.end() ? std::nullopt : std::optional(row->first);
}

}  // namespace

std::string_view toString(DriftKind kind) {
  return nameIn(kKinds, kind);
}

std::string_view toString(DriftOutcome outcome) {
  return nameIn(kOutcomes, outcome);
}

std::optional<DriftKind> parseDriftKind(std::string_view name) {
  return valueIn(kKinds, name);
}

std::optional<DriftOutcome> parseDriftOutcome(std::string_view name) {
  return valueIn(kOutcomes, name);
}

}  // namespace vbs
