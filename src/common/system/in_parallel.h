#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "common/system/scheduler.h"

namespace vbs::system {

/// Calls `work` for each of `items`, on up to `threads` threads. Items with the same `queueOf` run one after
/// the other, in their order. Queues begin in the order of their first items. Returns when all are done.
/// Throws the first exception of `work`; after it no further item is begun.
template <class Item, class QueueOf, class Work>
void inParallel(Scheduler& scheduler, const std::vector<Item>& items, std::size_t threads, QueueOf queueOf,
                Work work) {
  std::vector<std::vector<Item>> queues;
  std::map<std::string, std::size_t> byKey;
  for (const Item& item : items) {
    const auto [queue, isNew] = byKey.try_emplace(queueOf(item), queues.size());
    if (isNew) queues.emplace_back();
    queues[queue->second].push_back(item);
  }
  std::mutex mutex;
  std::size_t next = 0;
  std::exception_ptr failure;
  const auto serve = [&] {
    std::unique_lock lock(mutex);
    while (next < queues.size() && !failure) {
      const auto& queue = queues[next++];
      for (auto item = queue.begin(); item != queue.end() && !failure; ++item) {
        lock.unlock();
        std::exception_ptr thrown;
        try {
          work(*item);
        } catch (...) {
          thrown = std::current_exception();
        }
        lock.lock();
        if (thrown && !failure) failure = std::move(thrown);
      }
    }
  };
  {
    struct Others {
      ~Others() {
        for (Thread& thread : threads) thread.join();
      }
      std::vector<Thread> threads = {};
    } others;
    for (std::size_t i = 1; i < std::min(threads, queues.size()); ++i) {
      others.threads.emplace_back(scheduler, serve);
    }
    serve();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace vbs::system
