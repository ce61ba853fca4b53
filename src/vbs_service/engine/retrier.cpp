#include "vbs_service/engine/retrier.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace vbs::engine {

Retrier::Retrier(const RetrierSettings& settings, std::function<void(const OperationId&)> settle)
    : settings_(settings), settle_(std::move(settle)) {
  threads_.reserve(settings_.threads);
  for (std::size_t i = 0; i < settings_.threads; ++i) threads_.emplace_back([this] { serve(); });
}

Retrier::~Retrier() {
  stop();
  join();
}

void Retrier::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Retrier::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  tried_.notify_all();
}

void Retrier::add(const OperationId& id, When when) {
  {
    const std::lock_guard lock(mutex_);
    const auto delay = settings_.firstDelay;
    items_.try_emplace(
        id, Item{.due = Clock::now() + (when == When::Now ? Clock::duration(0) : delay), .delay = delay});
  }
  changed_.notify_one();
}

bool Retrier::release(const OperationId& id, Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  const auto wanted = wanted_.insert(id);
  auto item = items_.end();
  tried_.wait_until(lock, deadline, [&] {
    item = items_.find(id);
    return stopping_ || item == items_.end() || !item->second.active;
  });
  wanted_.erase(wanted);
  if (item == items_.end()) return false;
  if (item->second.active) {
    changed_.notify_one();
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
    if (next->second.due > Clock::now()) {
      const auto due = next->second.due;
      changed_.wait_until(lock, due);
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
    tried_.notify_all();
    if (ended) {
      items_.erase(item);
      continue;
    }
    item->second.active = false;
    item->second.due = Clock::now() + item->second.delay;
    item->second.delay = std::min(2 * item->second.delay, settings_.maxDelay);
    changed_.notify_one();
  }
}

}  // namespace vbs::engine
