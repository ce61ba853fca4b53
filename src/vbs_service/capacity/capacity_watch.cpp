#include "vbs_service/capacity/capacity_watch.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/model/uuid.h"

namespace vbs::capacity {

CapacityWatch::CapacityWatch(system::Scheduler& scheduler, VolumeDelegate& volumes, std::string name,
                             const CapacityWatchSettings& settings)
    : clock_(scheduler),
      volumes_(volumes),
      name_(std::move(name)),
      settings_(settings),
      fullness_(settings.warningPercent) {
  if (settings_.interval.count() == 0) return;
  periodic_.emplace(scheduler, std::chrono::milliseconds(0), settings_.interval,
                    [this] { look(RequestId(randomUuid())); });
}

void CapacityWatch::stop() {
  if (periodic_) periodic_->stop();
}

CapacityView CapacityWatch::current(const RequestId& requestId) {
  const CapacityView known = view();
  if (known.seen && settings_.interval.count() > 0) return known;
  look(requestId);
  return view();
}

CapacityView CapacityWatch::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

void CapacityWatch::look(const RequestId& requestId) {
  try {
    keep(volumes_.capacity(requestId));
  } catch (const Error& error) {
    miss(error);
  } catch (const std::exception& error) {
    miss(Error(ErrorCode::InternalError, error.what()));
  }
}

void CapacityWatch::keep(const Capacity& capacity) {
  const std::lock_guard lock(mutex_);
  if (failure_) spdlog::info("the capacity of the volume server is known again");
  failure_.reset();
  view_ = {.seen = SeenCapacity{.totalBytes = capacity.totalBytes,
                                .freeBytes = capacity.freeBytes,
                                .time = clock_.timeOfDay()},
           .reason = std::nullopt};
  fullness_.seen(capacity);
}

void CapacityWatch::miss(const Error& error) {
  const std::lock_guard lock(mutex_);
  view_.reason = error.what();
  if (failure_ == error.code()) return;
  failure_ = error.code();
  spdlog::warn("{} does not tell its capacity: {}", name_, error.what());
}

}  // namespace vbs::capacity
