#include "vbs_service/capacity/fullness_log.h"

#include <spdlog/spdlog.h>

#include <cmath>

namespace vbs::capacity {
namespace {

/// A use that goes up and down around a threshold by less than this is told once.
constexpr double kCalmPercent = 2;

double usedPercentOf(const Capacity& capacity) {
  if (capacity.totalBytes <= 0) return 100;
  return 100.0 * static_cast<double>(capacity.totalBytes - capacity.freeBytes) /
         static_cast<double>(capacity.totalBytes);
}

double gibibytes(std::int64_t bytes) {
  return static_cast<double>(bytes) / (1024.0 * 1024.0 * 1024.0);
}

}  // namespace

FullnessLog::FullnessLog(int warningPercent) {
  if (warningPercent == 0) return;
  thresholds_.push_back(warningPercent);
  for (const int further : {90, 95}) {
    if (further > warningPercent) thresholds_.push_back(further);
  }
}

void FullnessLog::seen(const Capacity& capacity) {
  const double used = usedPercentOf(capacity);
  const std::size_t before = reached_;
  while (reached_ < thresholds_.size() && used >= thresholds_[reached_]) ++reached_;
  if (reached_ > before) {
    spdlog::warn("the volume server is {} % full: {:.1f} of {:.1f} GiB are free", std::floor(used),
                 gibibytes(capacity.freeBytes), gibibytes(capacity.totalBytes));
    return;
  }
  while (reached_ > 0 && used < thresholds_[reached_ - 1] - kCalmPercent) --reached_;
  if (reached_ < before) {
    spdlog::info("the volume server is below {} % again: {:.1f} of {:.1f} GiB are free",
                 thresholds_[reached_], gibibytes(capacity.freeBytes), gibibytes(capacity.totalBytes));
  }
}

}  // namespace vbs::capacity
