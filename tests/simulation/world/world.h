#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "simulation/model/promises.h"

namespace vbs::simulation {

/// What there really is: a volume server with volumes, snapshots and iSCSI targets, and VM hosts with their
/// sessions, VMs and the VMs' devices. Changed by commands, which are refused as real tools refuse, and by
/// mishaps. Watches over what must never happen to a VM that runs. Not thread-safe.
class World {
public:
  struct Volume {
    std::int64_t sizeGiB;
    std::uint64_t content = 0;  ///< 0: nothing was written yet
    bool operator==(const Volume&) const = default;
  };
  struct Snapshot {
    std::string volumeId;
    std::int64_t sizeGiB;
    std::uint64_t content;
    bool operator==(const Snapshot&) const = default;
  };
  struct Target {
    int id;
    std::string volumeId;
    std::string host;  ///< the one that is let in; empty: none
    bool operator==(const Target&) const = default;
  };
  struct Place {
    std::string vm;
    std::string device;
    auto operator<=>(const Place&) const = default;
  };
  struct Host {
    std::map<std::string, bool> vms;              ///< whether they run
    std::map<std::string, std::string> sessions;  ///< by volume, the name of the target
    std::map<std::string, Place> devices;         ///< by volume
    std::set<std::string> madeByHand = {};        ///< volumes whose session VBS did not make
    std::set<std::string> givenByHand = {};       ///< volumes that somebody gave to their VM
  };

  /// How a command ends.
  struct Outcome {
    int exitCode = 0;
    std::string out = {};
    std::string err = {};
  };

  /// `violated`: told what must not happen.
  World(const Promises& promises, std::function<void(const std::string&)> violated);

  // Commands. Exit code 3: it is so already.
  Outcome createVolume(const std::string& id, std::int64_t sizeGiB);
  Outcome deleteVolume(const std::string& id);
  /// Whether a copy may begin. While it runs the volume holds half of something.
  Outcome beginCopy(const std::string& id, const std::string& snapshotId);
  Outcome endCopy(const std::string& id, const std::string& snapshotId);
  Outcome createSnapshot(const std::string& id, const std::string& volumeId);
  Outcome deleteSnapshot(const std::string& id);
  Outcome createTarget(int targetId, const std::string& name, const std::string& volumeId,
                       const std::string& host);
  Outcome deleteTarget(int targetId, const std::string& name);
  Outcome fence(const std::string& name, const std::string& host);
  Outcome connect(const std::string& host, const std::string& name, const std::string& volumeId);
  Outcome disconnect(const std::string& host, const std::string& name, const std::string& volumeId);
  Outcome attach(const std::string& host, const std::string& volumeId, const Place& place);
  Outcome detach(const std::string& host, const std::string& volumeId, const Place& place);
  Outcome listVolumes() const;
  Outcome listSnapshots() const;
  Outcome listTargets() const;
  Outcome listSessions(const std::string& host) const;
  Outcome listDevices(const std::string& host) const;
  Outcome capacity() const;

  // Mishaps.
  void loseTargets() { targets_.clear(); }
  /// Of a host that loses its power: all that it had.
  void loseHost(const std::string& host);
  /// Its VMs run again.
  void startHost(const std::string& host);
  void stopVm(const std::string& host, const std::string& vm);
  void startVm(const std::string& host, const std::string& vm) { hosts_.at(host).vms.at(vm) = true; }
  /// Somebody gives a volume to a VM by hand, or makes it a target, without VBS.
  void leaveDevice(const std::string& host, const std::string& volumeId, const Place& place);
  void leaveTarget(const std::string& volumeId, int targetId);
  /// He takes away what nothing but a VM's end has left of it.
  void tidyUp();
  /// He takes a volume from the VMs that it was given to by hand, and the target that was made by hand.
  void takeBackByHand(const std::string& volumeId);
  void setTotalGiB(std::int64_t total) { totalGiB_ = total; }

  /// Then the end of a session may overlook what was given to a VM by hand, of which VBS knows nothing else.
  void setListsMayLack(bool mayLack) { listsMayLack_ = mayLack; }

  /// A VM that runs writes. False when it does not have the volume.
  bool write(const std::string& volumeId, std::uint64_t content);

  const std::map<std::string, Volume>& volumes() const { return volumes_; }
  const std::map<std::string, Snapshot>& snapshots() const { return snapshots_; }
  const std::map<std::string, Target>& targets() const { return targets_; }
  const std::map<std::string, Host>& hosts() const { return hosts_; }

private:
  std::int64_t usedGiB() const;
  /// The host reaches the volume by its session, so that who has the device reads and writes.
  bool isLive(const std::string& host, const Host& at, const std::string& volumeId) const;
  bool isLiveAnywhere(const std::string& volumeId) const;
  bool isVmRunning(const Host& host, const std::string& vm) const;
  void takeFrom(const std::string& host, const std::string& volumeId, const std::string& how) const;
  void requireOneWriter(const std::string& volumeId) const;

  const Promises& promises_;
  const std::function<void(const std::string&)> violated_;
  std::map<std::string, Volume> volumes_;
  std::map<std::string, Snapshot> snapshots_;
  std::map<std::string, Target> targets_;  // by name
  std::map<std::string, Host> hosts_;
  std::int64_t totalGiB_ = 1'000;
  bool listsMayLack_ = false;
};

}  // namespace vbs::simulation
