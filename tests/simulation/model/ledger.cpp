#include "simulation/model/ledger.h"

#include <fmt/format.h>

#include <utility>

namespace vbs::simulation {
namespace {

std::string listed(const std::set<State>& states) {
  std::string text;
  for (const State& state : states) text += (text.empty() ? "" : " or ") + state;
  return text;
}

bool isSnapshot(const std::string& id) {
  return id.starts_with("snap-");
}

}  // namespace

Ledger::Ledger(std::function<void(const std::string&)> contradicted)
    : contradicted_(std::move(contradicted)) {}

std::set<State> Ledger::possible(const Record& record) const {
  std::set<State> states = record.results;
  if (!record.isAnyDone) states.insert(record.before.begin(), record.before.end());
  return states;
}

/// Nothing is under way any more, and nothing may yet be done.
void Ledger::settle(Record& record) {
  if (record.underWay > 0 || record.isAnyUnanswered) return;
  record.before = possible(record);
  record.results.clear();
  record.isAnyDone = false;
}

Ledger::Operation Ledger::begin(const std::string& id, const State& after) {
  Record& record = records_.at(id);
  ++record.underWay;
  ++record.changes;
  Operation operation;
  operation.id_ = id;
  operation.after_ = after;
  return operation;
}

void Ledger::done(const Operation& operation) {
  Record& record = records_.at(operation.id_);
  --record.underWay;
  ++record.changes;
  record.results.insert(operation.after_);
  record.isAnyDone = true;
  settle(record);
}

void Ledger::refused(const Operation& operation) {
  Record& record = records_.at(operation.id_);
  --record.underWay;
  ++record.changes;
  settle(record);
}

void Ledger::unanswered(const Operation& operation) {
  Record& record = records_.at(operation.id_);
  --record.underWay;
  ++record.changes;
  record.results.insert(operation.after_);
  record.isAnyUnanswered = true;
}

void Ledger::beginCreation(const std::string& tag) {
  creations_.emplace(tag, Creation{});
}

void Ledger::created(const std::string& tag, const std::string& id) {
  identify(id, tag);
}

void Ledger::notCreated(const std::string& tag) {
  creations_.at(tag).isRefused = true;
}

void Ledger::identify(const std::string& id, const std::string& tag) {
  const auto creation = creations_.find(tag);
  if (creation == creations_.end()) {
    contradicted_(fmt::format("{} is there, which nobody has asked for (\"{}\")", id, tag));
  } else if (creation->second.isRefused) {
    contradicted_(fmt::format("{} is there, whose creation was refused (\"{}\")", id, tag));
  } else if (creation->second.id && *creation->second.id != id) {
    contradicted_(fmt::format("{} and {} are there, of one request (\"{}\")", *creation->second.id, id, tag));
  } else {
    creation->second.id = id;
  }
  records_.try_emplace(id, Record{.before = {kFree}, .results = {}});
}

Ledger::Expectation Ledger::expectation() const {
  Expectation expected;
  for (const auto& [id, record] : records_) {
    if (record.underWay > 0 || record.isAnyUnanswered || record.before.size() != 1) continue;
    expected.states.emplace(id, std::pair(*record.before.begin(), record.changes));
  }
  return expected;
}

void Ledger::compare(const Expectation& expected, const Listing& listing, bool ofSnapshots) const {
  for (const auto& [id, known] : expected.states) {
    const auto& [state, changes] = known;
    if (isSnapshot(id) != ofSnapshots || records_.at(id).changes != changes) continue;
    const auto shown = listing.find(id);
    const State is = shown == listing.end() ? kGone : shown->second.state.value_or("on its way");
    if (is != state)
      contradicted_(fmt::format("{} is shown as {}, and clients were told: {}", id, is, state));
  }
}

void Ledger::rest(const Listing& volumes, const Listing& snapshots) {
  Listing all = volumes;
  all.insert(snapshots.begin(), snapshots.end());
  for (const auto& [id, shown] : all) {
    if (!records_.contains(id)) identify(id, shown.tag);
  }
  for (auto& [id, record] : records_) {
    const auto shown = all.find(id);
    const State is = shown == all.end() ? kGone : shown->second.state.value_or("on its way");
    const std::set<State> expected = possible(record);
    if (!expected.contains(is)) {
      contradicted_(fmt::format("{} is {}, and clients were told: {}", id, is, listed(expected)));
    }
    record =
        Record{.before = {is}, .results = {}, .underWay = record.underWay, .changes = record.changes + 1};
  }
}

bool Ledger::mayBe(const std::string& id, const State& state) const {
  const auto record = records_.find(id);
  return record == records_.end() || record->second.underWay > 0 || possible(record->second).contains(state);
}

bool Ledger::mayBeGone(const std::string& id) const {
  return mayBe(id, kGone);
}

std::vector<std::string> Ledger::volumes() const {
  std::vector<std::string> ids;
  for (const auto& [id, record] : records_) {
    if (!isSnapshot(id) && possible(record) != std::set<State>{kGone}) ids.push_back(id);
  }
  return ids;
}

std::vector<std::string> Ledger::snapshots() const {
  std::vector<std::string> ids;
  for (const auto& [id, record] : records_) {
    if (isSnapshot(id) && possible(record) != std::set<State>{kGone}) ids.push_back(id);
  }
  return ids;
}

}  // namespace vbs::simulation
