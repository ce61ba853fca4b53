#pragma once

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "vbs_service/reconcile/finding.h"

namespace vbs::reconcile {

/// Collects what a comparison finds, in that order.
class Findings {
public:
  /// `sightedBefore`: the strays that the survey before saw; must outlive this.
  explicit Findings(const std::set<Sighting>& sightedBefore) : sightedBefore_(sightedBefore) {}

  void add(std::vector<Difference> differences, const std::optional<VolumeId>& volumeId, Remedy remedy) {
    all_.push_back({std::move(differences), volumeId, std::move(remedy)});
  }

  /// Adds what takes something away, once two surveys in a row have seen the same.
  void addStray(Difference difference, const Sighting& sighting, Remedy remedy) {
    const bool isCertain = sightedBefore_.contains(sighting);
    if (!isCertain) remedy = LeaveAlone{"it is taken away when the next survey finds the same"};
    all_.push_back({{std::move(difference)}, sighting.volumeId, std::move(remedy), sighting});
  }

  std::vector<Finding> take() && { return std::move(all_); }

private:
  const std::set<Sighting>& sightedBefore_;
  std::vector<Finding> all_;
};

}  // namespace vbs::reconcile
