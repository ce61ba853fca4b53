#pragma once

#include <map>
#include <set>
#include <string>

namespace vbs::simulation {

/// Which volumes clients may count on having at a VM: those that the service has shown as attached since the
/// last detach of them was asked for. Nothing of these may be taken away. And which nobody has or asks for.
/// Not thread-safe.
class Promises {
public:
  struct Place {
    std::string host;
    std::string vm;
    std::string device;
    bool operator==(const Place&) const = default;
  };

  /// The service shows the volume as attached there. It counts unless a detach is in the service.
  void show(const std::string& volumeId, const Place& place) {
    if (!detaching_.contains(volumeId)) promised_.insert_or_assign(volumeId, place);
  }
  /// A detach has come to the service.
  void beginDetach(const std::string& volumeId) {
    ++detaching_[volumeId];
    promised_.erase(volumeId);
  }
  void endDetach(const std::string& volumeId) {
    const auto known = detaching_.find(volumeId);
    if (known != detaching_.end() && --known->second == 0) detaching_.erase(known);
  }

  /// The service shows the volume as available. It is free until something is asked of it.
  void showFree(const std::string& volumeId) {
    if (!underWay_.contains(volumeId)) free_.insert(volumeId);
  }
  /// An attach, a detach or a deletion of it has come to the service.
  void beginChange(const std::string& volumeId) {
    ++underWay_[volumeId];
    free_.erase(volumeId);
  }
  void endChange(const std::string& volumeId) {
    const auto known = underWay_.find(volumeId);
    if (known != underWay_.end() && --known->second == 0) underWay_.erase(known);
  }
  bool isFree(const std::string& volumeId) const { return free_.contains(volumeId); }

  const Place* find(const std::string& volumeId) const {
    const auto known = promised_.find(volumeId);
    return known == promised_.end() ? nullptr : &known->second;
  }
  const std::map<std::string, Place>& all() const { return promised_; }

private:
  std::map<std::string, Place> promised_;
  std::map<std::string, int> detaching_;
  std::set<std::string> free_;
  std::map<std::string, int> underWay_;  // of volumes, how many changes
};

}  // namespace vbs::simulation
