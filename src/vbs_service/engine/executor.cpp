#include "vbs_service/engine/executor.h"

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "common/model/error.h"

namespace vbs::engine {
namespace {

constexpr std::chrono::seconds kHaltGrace{1};

Error shuttingDown() {
  return {ErrorCode::Busy, "the VBS Service is shutting down: ask again when it is back"};
}

}  // namespace

struct Executor::Task {
  Task(system::Scheduler& scheduler, Place held, std::function<void()> toDo)
      : place(std::move(held)), work(std::move(toDo)), ended(scheduler) {}

  std::optional<Place> place;  // given back by who runs the task, once it has ended
  std::function<void()> work;
  system::Condition ended;
  bool done = false;
  std::exception_ptr failure;
};

Executor::Executor(system::Scheduler& scheduler, std::size_t threads, std::size_t queued)
    : scheduler_(scheduler), places_(threads + queued), wake_(scheduler), changed_(scheduler) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back(scheduler, [this] { serve(); });
}

Executor::~Executor() {
  stop(std::chrono::milliseconds(0), [] {});
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notifyAll();
  for (system::Thread& thread : threads_) thread.join();
}

Executor::Place Executor::admit() {
  const std::lock_guard lock(mutex_);
  if (stopping_) throw shuttingDown();
  if (taken_ == places_) {
    throw Error(ErrorCode::Busy, std::to_string(places_) +
                                     " operations are running or waiting already: ask again in a moment");
  }
  ++taken_;
  return Place(*this);
}

void Executor::leave() {
  {
    const std::lock_guard lock(mutex_);
    --taken_;
  }
  changed_.notifyAll();
}

void Executor::run(Place place, std::function<void()> work) {
  const auto task = std::make_shared<Task>(scheduler_, std::move(place), std::move(work));
  std::unique_lock lock(mutex_);
  queue_.push_back(task);
  wake_.notifyOne();
  task->ended.wait(lock, [&] { return task->done || released_; });
  // It is queued or running, and in the journal.
  if (!task->done) throw shuttingDown().withEffect(Effect::Unknown);
  // Taken, so that the exception is the caller's alone and no other thread lets go of it last.
  if (task->failure) std::rethrow_exception(std::exchange(task->failure, nullptr));
}

void Executor::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return ending_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const std::shared_ptr<Task> task = std::move(queue_.front());
    queue_.pop_front();
    running_.push_back(task);
    lock.unlock();
    std::exception_ptr failure;
    try {
      task->work();
    } catch (...) {
      failure = std::current_exception();
    }
    task->work = nullptr;
    lock.lock();
    std::erase(running_, task);
    task->failure = std::move(failure);
    task->done = true;
    task->ended.notifyAll();
    lock.unlock();
    task->place.reset();
    lock.lock();
  }
}

bool Executor::stop(std::chrono::milliseconds grace, const std::function<void()>& halt) {
  const auto quiet = [this] { return taken_ == 0; };
  std::unique_lock lock(mutex_);
  stopping_ = true;
  if (changed_.waitFor(lock, grace, quiet)) return true;
  lock.unlock();
  halt();
  lock.lock();
  if (changed_.waitFor(lock, kHaltGrace, quiet)) return true;
  released_ = true;
  for (const auto& task : queue_) task->ended.notifyAll();
  for (const auto& task : running_) task->ended.notifyAll();
  return false;
}

}  // namespace vbs::engine
