#include "vbs_service/engine/ownership.h"

#include <utility>

namespace vbs::engine {
namespace {

std::optional<metadata::Operation> ownerOf(metadata::MetadataStore& store, const VolumeId& id) {
  return store.read([&](const metadata::MetadataReader& tx) { return tx.operationOn(id.str()); });
}

}  // namespace

Ownership::Ownership(system::Scheduler& scheduler, metadata::MetadataStore& store, Retrier& retrier,
                     std::vector<metadata::OperationKind> kinds, std::chrono::milliseconds patience)
    : clock_(scheduler),
      store_(store),
      retrier_(retrier),
      kinds_(std::move(kinds)),
      patience_(patience),
      changed_(scheduler) {}

std::optional<OperationId> Ownership::takeOver(const VolumeId& volumeId) {
  const auto deadline = clock_.now() + patience_;
  while (true) {
    const std::uint64_t seen = changes();  // before the look, so that none is missed
    const auto owner = ownerOf(store_, volumeId);
    if (!owner) return std::nullopt;
    if (retrier_.release(owner->id, deadline)) return owner->id;
    if (!awaitChangeAfter(seen, deadline)) return std::nullopt;
  }
}

void Ownership::awaitUsersTurn(const VolumeId& volumeId) {
  const auto deadline = clock_.now() + patience_;
  while (true) {
    const std::uint64_t seen = changes();
    const auto owner = ownerOf(store_, volumeId);
    if (!owner || !isBrief(*owner) || !awaitChangeAfter(seen, deadline)) return;
  }
}

bool Ownership::isBrief(const metadata::Operation& operation) const {
  const metadata::OperationKind* kind = metadata::kindNamed(operation.kind, kinds_);
  return kind != nullptr && kind->isBrief && operation.attempts == 0;
}

void Ownership::changed() {
  {
    const std::lock_guard lock(mutex_);
    ++changes_;
  }
  changed_.notifyAll();
}

void Ownership::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notifyAll();
}

std::uint64_t Ownership::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

bool Ownership::awaitChangeAfter(std::uint64_t seen, system::Clock::TimePoint deadline) {
  std::unique_lock lock(mutex_);
  return changed_.waitUntil(lock, deadline, [&] { return stopping_ || changes_ != seen; }) && !stopping_;
}

}  // namespace vbs::engine
