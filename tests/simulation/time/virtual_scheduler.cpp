#include "simulation/time/virtual_scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <thread>

#include "simulation/time/semaphore.h"
#include "simulation/time/virtual_time.h"

namespace vbs::simulation {
namespace {

/// How often a thread that takes a mutex lets another one go first.
constexpr double kYieldsAtMutex = 0.25;

}  // namespace

struct Process {
  std::string name;
  std::function<void()> ended;
  std::map<std::uint64_t, std::shared_ptr<VirtualScheduler::Task>> tasks = {};
  bool isDoomed = false;
  bool hasEnded = false;
  system::Clock::TimePoint frozenUntil = {};
  std::vector<VirtualScheduler::Task*> frozen = {};  // those that could go on
};

/// A thread. What it waits in is erased when it is readied.
struct VirtualScheduler::Task {
  std::uint64_t id;
  std::shared_ptr<Process> process;
  std::function<void()> body;
  Carrier* carrier = nullptr;
  std::vector<Task*>* queue = nullptr;
  std::optional<TimerKey> timer = std::nullopt;
  std::vector<Task*> joiners = {};
  TimePoint afterlife = {};  // of one whose process was killed: which deadline it has waited for
  bool isReady = false;
  bool endsInOrder = false;
  bool hasEnded = false;
};

/// A thread of the operating system that runs tasks, one after the other.
class VirtualScheduler::Carrier {
public:
  /// For the thread that calls.
  Carrier() = default;
  explicit Carrier(VirtualScheduler& scheduler)
      : thread_([this, &scheduler] {
          while (true) {
            go_.acquire();
            if (!task_) return;
            scheduler.run(std::exchange(task_, nullptr));
          }
        }) {}
  ~Carrier() {
    if (!thread_.joinable()) return;
    go_.release();
    thread_.join();
  }
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  void carry(std::shared_ptr<Task> task) { task_ = std::move(task); }
  void goOn() { go_.release(); }
  void stop() { go_.acquire(); }

private:
  Semaphore go_;
  std::shared_ptr<Task> task_;
  std::thread thread_;
};

class VirtualScheduler::TaskHandle final : public Started {
public:
  TaskHandle(VirtualScheduler& scheduler, std::shared_ptr<Task> task)
      : scheduler_(scheduler), task_(std::move(task)) {}
  void join() override { scheduler_.join(*task_); }

private:
  VirtualScheduler& scheduler_;
  std::shared_ptr<Task> task_;
};

class VirtualScheduler::TaskWaiters final : public Waiters {
public:
  explicit TaskWaiters(VirtualScheduler& scheduler) : scheduler_(scheduler) {}

  void wait(std::unique_lock<std::mutex>& lock, const std::optional<TimePoint>& deadline) override {
    scheduler_.requireAlive();
    lock.unlock();
    scheduler_.wait(&waiting_, deadline);
    lock.lock();
    scheduler_.requireAlive();
  }
  void notifyOne() noexcept override {
    if (!waiting_.empty()) scheduler_.ready(*waiting_[scheduler_.random_.below(waiting_.size())]);
  }
  void notifyAll() noexcept override {
    while (!waiting_.empty()) scheduler_.ready(*waiting_.front());
  }

private:
  VirtualScheduler& scheduler_;
  std::vector<Task*> waiting_;
};

class VirtualScheduler::TaskMutex final : public Lockable {
public:
  explicit TaskMutex(VirtualScheduler& scheduler) : scheduler_(scheduler) {}

  void lock() override {
    if (scheduler_.random_.chance(kYieldsAtMutex)) scheduler_.yield();
    scheduler_.requireAlive();
    while (isLocked_) {
      scheduler_.wait(&waiting_, std::nullopt);
      scheduler_.requireAlive();
    }
    isLocked_ = true;
  }
  void unlock() noexcept override {
    isLocked_ = false;
    if (!waiting_.empty()) scheduler_.ready(*waiting_[scheduler_.random_.below(waiting_.size())]);
  }

private:
  VirtualScheduler& scheduler_;
  bool isLocked_ = false;
  std::vector<Task*> waiting_;
};

VirtualScheduler::VirtualScheduler(std::uint64_t seed, Trace& trace,
                                   std::function<void(const std::string&)> broken)
    : trace_(trace), random_(seed), broken_(std::move(broken)), now_(kStart) {
  const auto process = std::make_shared<Process>(Process{.name = "test", .ended = nullptr});
  first_ = std::make_shared<Task>(Task{.id = tasksMade_++, .process = process, .body = nullptr});
  carriers_.push_back(std::make_unique<Carrier>());
  first_->carrier = carriers_.back().get();
  current_ = first_.get();
}

VirtualScheduler::~VirtualScheduler() = default;

VirtualScheduler::TimePoint VirtualScheduler::now() const {
  return current_ == nullptr ? now_ : std::max(now_, current_->afterlife);
}

std::chrono::sys_seconds VirtualScheduler::timeOfDay() const {
  const auto since = std::chrono::floor<std::chrono::seconds>(now_ - kStart);
  return kStartOfDay + since + timeOfDayIsOn_;
}

std::unique_ptr<VirtualScheduler::Started> VirtualScheduler::start(std::function<void()> body) {
  return std::make_unique<TaskHandle>(*this, makeTask(current_->process, std::move(body)));
}
std::unique_ptr<VirtualScheduler::Waiters> VirtualScheduler::waiters() {
  return std::make_unique<TaskWaiters>(*this);
}
std::unique_ptr<VirtualScheduler::Lockable> VirtualScheduler::lockable() {
  return std::make_unique<TaskMutex>(*this);
}

std::shared_ptr<Process> VirtualScheduler::launch(const std::string& name, std::function<void()> main,
                                                  std::function<void()> ended) {
  auto process = std::make_shared<Process>(Process{.name = name, .ended = std::move(ended)});
  makeTask(process, std::move(main));
  return process;
}

std::shared_ptr<VirtualScheduler::Task> VirtualScheduler::makeTask(const std::shared_ptr<Process>& process,
                                                                   std::function<void()> body) {
  auto task = std::make_shared<Task>(Task{.id = tasksMade_++, .process = process, .body = std::move(body)});
  process->tasks.emplace(task->id, task);
  if (idle_.empty()) {
    carriers_.push_back(std::make_unique<Carrier>(*this));
    idle_.push_back(carriers_.back().get());
  }
  task->carrier = idle_.back();
  idle_.pop_back();
  task->carrier->carry(task);
  ready(*task);
  return task;
}

void VirtualScheduler::run(std::shared_ptr<Task> task) {
  Task& self = *task;
  try {
    self.body();
  } catch (const Killed&) {  // NOLINT(bugprone-empty-catch): it has ended
  } catch (const std::exception& error) {
    broken_(fmt::format("a thread of {} ends by an exception: {}", self.process->name, error.what()));
  }
  self.body = nullptr;
  lastEnded_ = std::move(task);
  end(self);
}

void VirtualScheduler::end(Task& task) {
  Process& process = *task.process;
  task.hasEnded = true;
  for (Task* const joiner : task.joiners) ready(*joiner);
  process.tasks.erase(task.id);
  if (process.tasks.empty()) {
    process.hasEnded = true;
    std::erase(doomed_, &process);
    if (process.ended) at(now_, process.ended);
  }
  idle_.push_back(std::exchange(task.carrier, nullptr));
  Task& following = next();
  current_ = &following;
  following.carrier->goOn();
}

void VirtualScheduler::kill(const std::shared_ptr<Process>& process) {
  if (process->isDoomed || process->hasEnded) return;
  process->isDoomed = true;
  doomed_.push_back(process.get());
  for (const auto& [id, task] : process->tasks) {
    if (task.get() == current_) continue;
    std::erase(ready_, task.get());
    task->isReady = false;
    ready(*task);
  }
  process->frozen.clear();
}

void VirtualScheduler::freeze(const std::shared_ptr<Process>& process, std::chrono::milliseconds duration) {
  if (process->isDoomed || process->hasEnded || process->frozenUntil > now_) return;
  process->frozenUntil = now_ + duration;
  for (Task* const task : std::vector<Task*>(ready_)) {
    if (task->process != process) continue;
    std::erase(ready_, task);
    process->frozen.push_back(task);
  }
  at(process->frozenUntil, [this, process] { thaw(process); });
}

void VirtualScheduler::thaw(const std::shared_ptr<Process>& process) {
  if (process->isDoomed || process->frozenUntil > now_) return;
  for (Task* const task : std::exchange(process->frozen, {})) ready_.push_back(task);
}

bool VirtualScheduler::isAlive(const std::shared_ptr<Process>& process) {
  return process && !process->isDoomed && !process->hasEnded;
}

void VirtualScheduler::endInOrder() {
  current_->endsInOrder = true;
}

void VirtualScheduler::requireAlive() {
  if (current_ == nullptr) return;
  const bool mayThrow = !current_->endsInOrder && std::uncaught_exceptions() == 0;
  if (current_->process->isDoomed && mayThrow) throw Killed();
}

void VirtualScheduler::sleep(std::chrono::milliseconds duration) {
  const TimePoint until = now() + duration;
  do {
    requireAlive();
    wait(nullptr, until);
  } while (now() < until);
  requireAlive();
}

void VirtualScheduler::yield() {
  requireAlive();
  ready(*current_);
  passOn();
  requireAlive();
}

void VirtualScheduler::at(TimePoint when, std::function<void()> event) {
  timers_.emplace(TimerKey{when, timersMade_++}, Timer{.task = nullptr, .event = std::move(event)});
}

std::string VirtualScheduler::processName() const {
  return current_ == nullptr ? "network" : current_->process->name;
}

void VirtualScheduler::wait(std::vector<Task*>* queue, const std::optional<TimePoint>& deadline) {
  Task& self = *current_;
  self.queue = queue;
  if (queue != nullptr) queue->push_back(&self);
  if (deadline) {
    self.timer = TimerKey{*deadline, timersMade_++};
    timers_.emplace(*self.timer, Timer{.task = &self});
  }
  passOn();
}

void VirtualScheduler::ready(Task& task) {
  if (task.queue != nullptr) std::erase(*std::exchange(task.queue, nullptr), &task);
  if (task.timer) timers_.erase(*task.timer);
  task.timer.reset();
  if (std::exchange(task.isReady, true)) return;
  Process& process = *task.process;
  auto& list = process.isDoomed ? dying_ : process.frozenUntil > now_ ? process.frozen : ready_;
  list.push_back(&task);
}

void VirtualScheduler::passOn() {
  Task& self = *current_;
  Task& following = next();
  if (&following == &self) return;
  current_ = &following;
  following.carrier->goOn();
  self.carrier->stop();
}

VirtualScheduler::Task& VirtualScheduler::next() {
  ++switches_;
  while (true) {
    if (!dying_.empty()) return take(dying_);
    if (!doomed_.empty()) {
      expireAfterDeath();
    } else if (!ready_.empty()) {
      return take(ready_);
    } else {
      letTimeGoBy();
    }
  }
}

VirtualScheduler::Task& VirtualScheduler::take(std::vector<Task*>& from) {
  const std::size_t chosen = from.size() == 1 ? 0 : random_.below(from.size());
  Task& task = *from[chosen];
  from[chosen] = from.back();
  from.pop_back();
  task.isReady = false;
  trace_.mix(task.id);
  return task;
}

/// All threads of killed processes wait: time goes by for them alone.
void VirtualScheduler::expireAfterDeath() {
  Task* first = nullptr;
  for (const Process* process : doomed_) {
    for (const auto& [id, task] : process->tasks) {
      if (task->timer && (first == nullptr || *task->timer < *first->timer)) first = task.get();
    }
  }
  if (first == nullptr) {
    broken_(fmt::format("{} was killed and does not end", doomed_.front()->name));
    std::abort();
  }
  first->afterlife = first->timer->first;
  ready(*first);
}

void VirtualScheduler::letTimeGoBy() {
  if (timers_.empty()) {
    broken_("all threads wait for ever");
    std::abort();
  }
  Task* const caller = std::exchange(current_, nullptr);
  now_ = std::max(now_, timers_.begin()->first.first);
  while (!timers_.empty() && timers_.begin()->first.first <= now_) {
    const Timer timer = std::move(timers_.begin()->second);
    if (timer.task != nullptr) {
      ready(*timer.task);
    } else {
      timers_.erase(timers_.begin());
      timer.event();
    }
  }
  current_ = caller;
}

void VirtualScheduler::join(Task& task) {
  while (!task.hasEnded) {
    task.joiners.push_back(current_);
    wait(nullptr, std::nullopt);
  }
}

}  // namespace vbs::simulation
