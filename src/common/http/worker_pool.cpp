#include "common/http/worker_pool.h"

#include <utility>

namespace vbs::http {

WorkerPool::WorkerPool(system::Scheduler& scheduler, std::size_t threads, std::size_t maxQueued)
    : capacity_(threads + maxQueued), changed_(scheduler) {
  threads_.reserve(threads);
  try {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back(scheduler, [this] { run(); });
  } catch (...) {
    close();
    for (auto& thread : threads_) thread.join();
    throw;
  }
}

WorkerPool::~WorkerPool() {
  close();
  for (auto& thread : threads_) thread.join();
}

bool WorkerPool::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || running_ + queue_.size() >= capacity_) return false;
    queue_.push_back(std::move(job));
  }
  changed_.notifyOne();
  return true;
}

void WorkerPool::close() {
  std::deque<Job> dropped;  // destroyed without the lock: a job may own anything
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(queue_);
  }
  changed_.notifyAll();
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closed_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
    --running_;
  }
}

}  // namespace vbs::http
