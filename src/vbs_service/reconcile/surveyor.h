#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/system/scheduler.h"
#include "vbs_service/engine/delegates.h"
#include "vbs_service/reconcile/inventories.h"

namespace vbs::reconcile {

struct SurveyorSettings {
  std::size_t threads = 8;                     ///< parts that are asked at the same time
  std::chrono::milliseconds patience{20'000};  ///< what has not answered by then is left out
};

/// Asks the delegates what is there, several at a time. One that does not answer holds up a survey for the
/// patience at most. It does not hold up the next surveys, which leave it out until its call has ended.
/// Thread-safe.
class Surveyor {
public:
  /// `delegates` must outlive the Surveyor.
  Surveyor(system::Scheduler& scheduler, const engine::Delegates& delegates,
           const SurveyorSettings& settings);
  /// stop(), then waits for the calls that run.
  ~Surveyor();
  Surveyor(const Surveyor&) = delete;
  Surveyor& operator=(const Surveyor&) = delete;

  Inventories survey(const RequestId& requestId, const std::set<VmmHostname>& hosts);

  /// Nobody is asked any more; a survey that waits returns.
  void stop();

private:
  /// Adds an answer to what was found.
  using Record = std::function<void(Inventories&)>;
  struct Round {
    Inventories found;
    std::set<std::string> awaited;  ///< the parts that have not answered
  };
  struct Inquiry {
    std::string part;
    std::shared_ptr<Round> round;
    std::function<Record()> ask;
  };

  void add(const std::shared_ptr<Round>& round, const std::string& part, std::function<Record()> ask);
  void serve();

  const engine::Delegates& delegates_;
  const SurveyorSettings settings_;
  std::mutex mutex_;
  system::Condition wake_;      // of the threads: an inquiry or the end
  system::Condition answered_;  // of the surveys
  bool stopping_ = false;
  std::deque<Inquiry> queue_;
  std::set<std::string> busy_;  // the parts in the queue or being asked
  std::vector<system::Thread> threads_;
};

}  // namespace vbs::reconcile
