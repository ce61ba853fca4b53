#include "vbs_service/reconcile/drift_log.h"

#include <spdlog/spdlog.h>

namespace vbs::reconcile {
namespace {

/// Data may be lost.
bool isLoss(DriftKind kind) {
  return kind == DriftKind::MissingVolume || kind == DriftKind::MissingSnapshot ||
         kind == DriftKind::BrokenSnapshot;
}

}  // namespace

DriftLog::Key DriftLog::keyOf(const Difference& difference) {
  return {difference.kind, difference.resourceId, difference.vmmHostname};
}

void DriftLog::beginRun(const RequestId& requestId) {
  ++run_;
  requestId_ = requestId.str();
}

Time DriftLog::seen(const Difference& difference, const std::string& remark) {
  const auto [found, isNew] = entries_.try_emplace(keyOf(difference), Entry{difference, clock_.timeOfDay()});
  Entry& entry = found->second;
  entry.lastRun = run_;
  if (isNew) {
    ++countSeen_;
    spdlog::log(isLoss(difference.kind) ? spdlog::level::err : spdlog::level::warn, "{}: {}{} request={}",
                toString(difference.kind), difference.description, remark.empty() ? remark : "; " + remark,
                requestId_);
  } else if (entry.repairs == 1) {
    spdlog::warn(
        "{}: {}, though it was mended; does what the pattern file lists show it? It goes on being mended, "
        "and "
        "that is not told again request={}",
        toString(difference.kind), difference.description, requestId_);
  }
  return entry.firstSeen;
}

void DriftLog::repaired(const Difference& difference) {
  Entry& entry = entryOf(difference);
  if (++entry.repairs > 1) return;
  ++countRepaired_;
  spdlog::info("{} of {} is mended request={}", toString(difference.kind), difference.resourceId, requestId_);
}

void DriftLog::failed(const Difference& difference, const std::string& why) {
  Entry& entry = entryOf(difference);
  spdlog::log(entry.hasFailed ? spdlog::level::debug : spdlog::level::warn,
              "{} of {} cannot be mended: {} request={}", toString(difference.kind), difference.resourceId,
              why, requestId_);
  entry.hasFailed = true;
}

bool DriftLog::hasFailed(const Difference& difference) const {
  const auto found = entries_.find(keyOf(difference));
  return found != entries_.end() && found->second.hasFailed;
}

void DriftLog::endRun(const std::function<bool(const Difference&)>& couldBeTold) {
  std::erase_if(entries_, [&](const auto& each) {
    const Entry& entry = each.second;
    if (entry.lastRun == run_ || !couldBeTold(entry.difference)) return false;
    if (entry.repairs == 0) {
      spdlog::info("{} of {} is gone request={}", toString(each.first.kind), each.first.resourceId,
                   requestId_);
    }
    return true;
  });
}

}  // namespace vbs::reconcile
