#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/system/scheduler.h"
#include "simulation/time/random.h"
#include "simulation/time/trace.h"

namespace vbs::simulation {

/// What the threads of a process that was killed end by. Not a std::exception: no part takes it for one of
/// its own troubles. Whoever catches it all the same meets it again where he waits next.
struct Killed {};

/// The threads of one program, which die together.
struct Process;

/// Threads in virtual time. Each is a real one, but only one goes on at a time, until it waits here; which of
/// those that could go on is next, the seed decides. When all wait, time goes by to the next deadline. So a
/// seed repeats a run exactly, debuggers and sanitizers see ordinary threads, and an exception that is
/// being handled may wait.
///
/// Made and used by one thread, the first of the simulation, and by those that it starts.
class VirtualScheduler final : public system::Scheduler {
public:
  /// `broken`: told what must never happen: that all wait for ever, say.
  VirtualScheduler(std::uint64_t seed, Trace& trace, std::function<void(const std::string&)> broken);
  /// All processes have ended.
  ~VirtualScheduler() override;
  VirtualScheduler(const VirtualScheduler&) = delete;
  VirtualScheduler& operator=(const VirtualScheduler&) = delete;

  TimePoint now() const override;
  std::chrono::sys_seconds timeOfDay() const override;
  /// The thread belongs to the process of whoever starts it.
  std::unique_ptr<Started> start(std::function<void()> body) override;
  std::unique_ptr<Waiters> waiters() override;
  std::unique_ptr<Lockable> lockable() override;

  /// Sets the time of day on (or back); pauses and deadlines are not concerned.
  void setTimeOfDayOn(std::chrono::seconds by) { timeOfDayIsOn_ += by; }

  /// A new process with `main` as its first thread. `ended` is called when its last thread has ended; it must
  /// not wait.
  std::shared_ptr<Process> launch(const std::string& name, std::function<void()> main,
                                  std::function<void()> ended);
  /// All threads of the process throw Killed where they wait, or will wait next. Nothing else goes on before
  /// they have ended.
  void kill(const std::shared_ptr<Process>& process);
  /// No thread of the process goes on for so long. One that is frozen already stays so for as long as it was
  /// to.
  void freeze(const std::shared_ptr<Process>& process, std::chrono::milliseconds duration);
  static bool isAlive(const std::shared_ptr<Process>& process);

  /// For the thread that calls. It ends its process in order: its waits end, instead of throwing, when the
  /// process is killed now.
  void endInOrder();
  /// Throws Killed when the process of the thread that calls was killed. An event belongs to none.
  void requireAlive();
  void sleep(std::chrono::milliseconds duration);
  /// Another thread may go first.
  void yield();

  /// Calls `event` at that time, by no thread; it must not wait.
  void at(TimePoint when, std::function<void()> event);

  /// Of the thread that calls; "network" for an event.
  std::string processName() const;
  std::uint64_t switches() const noexcept { return switches_; }

  struct Task;

private:
  class Carrier;
  class TaskHandle;
  class TaskWaiters;
  class TaskMutex;
  /// What happens at a time: a task's wait ends, or an event.
  struct Timer {
    Task* task = nullptr;
    std::function<void()> event = nullptr;
  };
  using TimerKey = std::pair<TimePoint, std::uint64_t>;

  std::shared_ptr<Task> makeTask(const std::shared_ptr<Process>& process, std::function<void()> body);
  void run(std::shared_ptr<Task> task);
  void end(Task& task);
  /// The thread that calls waits, in `queue` if it has one, until somebody readies it or the deadline comes.
  void wait(std::vector<Task*>* queue, const std::optional<TimePoint>& deadline);
  void ready(Task& task);
  void thaw(const std::shared_ptr<Process>& process);
  /// Gives the turn to the next task and returns when it is the caller's again.
  void passOn();
  Task& next();
  Task& take(std::vector<Task*>& from);
  void expireAfterDeath();
  void letTimeGoBy();
  void join(Task& task);

  Trace& trace_;
  Random random_;
  const std::function<void(const std::string&)> broken_;
  TimePoint now_;
  std::chrono::seconds timeOfDayIsOn_{0};
  Task* current_ = nullptr;
  std::shared_ptr<Task> first_;
  std::shared_ptr<Task> lastEnded_;  // goes while somebody else has the turn
  std::vector<Task*> ready_;
  std::vector<Task*> dying_;  // those of killed processes that can go on
  std::vector<Process*> doomed_;
  std::map<TimerKey, Timer> timers_;
  std::uint64_t timersMade_ = 0;
  std::uint64_t tasksMade_ = 0;
  std::uint64_t switches_ = 0;
  std::vector<std::unique_ptr<Carrier>> carriers_;
  std::vector<Carrier*> idle_;
};

}  // namespace vbs::simulation
