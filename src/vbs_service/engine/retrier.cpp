#include "vbs_service/engine/retrier.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace vbs::engine {

Retrier::Retrier(system::Scheduler& scheduler, const RetrierSettings& settings,
                 std::function<void(const OperationId&)> settle)
    : clock_(scheduler),
      settings_(settings),
      settle_(std::move(settle)),
      changed_(scheduler),
      tried_(scheduler) {
  threads_.reserve(settings_.threads);
  for (std::size_t i = 0; i < settings_.threads; ++i) threads_.emplace_back(scheduler, [this] { serve(); });
}

Retrier::~Retrier() {
  stop();
  join();
}

void Retrier::join() {
  for (system::Thread& thread : threads_) thread.join();
  threads_.clear();
}

void Retrier::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notifyAll();
  tried_.notifyAll();
}

void Retrier::add(const OperationId& id, When when) {
  {
    const std::lock_guard lock(mutex_);
    const auto delay = settings_.firstDelay;
    const auto pause = when == When::Now ? std::chrono::milliseconds(0) : delay;
    items_.try_emplace(id, Item{.due = clock_.now() + pause, .delay = delay});
  }
  changed_.notifyOne();
}

bool Retrier::release(const OperationId& id, system::Clock::TimePoint deadline) {
  std::unique_lock lock(mutex_);
  const auto wanted = wanted_.insert(id);
  auto item = items_.end();
  tried_.waitUntil(lock, deadline, [&] {
    item = items_.find(id);
    return stopping_ || item == items_.end() || !item->second.active;
  });
  wanted_.erase(wanted);
  if (item == items_.end()) return false;
  if (item->second.active) {
    changed_.notifyOne();
    return false;
  }
  items_.erase(item);
  return true;
}

std::map<OperationId, Retrier::Item>::iterator Retrier::nextDue() {
  auto next = items_.end();
  for (auto item = items_.begin(); item != items_.end(); ++item) {
    if (item->second.active || wanted_.contains(item->first)) continue;
    if (next == items_.end() || item->second.due < next->second.due) next = item;
  }
  return next;
}

void Retrier::serve() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto next = nextDue();
    if (next == items_.end()) {
      changed_.wait(lock);
      continue;
    }
    if (next->second.due > clock_.now()) {
      const auto due = next->second.due;
      changed_.waitUntil(lock, due);
      continue;
    }
    next->second.active = true;
    const OperationId id = next->first;
    lock.unlock();
    bool ended = false;
    try {
      settle_(id);
      ended = true;
    } catch (const std::exception& error) {
      spdlog::warn("not settled yet: {} operation={}", error.what(), id.str());
    }
    lock.lock();
    const auto item = items_.find(id);  // nobody takes an active one away
    tried_.notifyAll();
    if (ended) {
      items_.erase(item);
      continue;
    }
    item->second.active = false;
    item->second.due = clock_.now() + item->second.delay;
    item->second.delay = std::min(2 * item->second.delay, settings_.maxDelay);
    changed_.notifyOne();
  }
}

}  // namespace vbs::engine
