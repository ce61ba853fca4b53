#include "common/command/command_file_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/command/pattern_key.h"
#include "common/properties/nearest.h"

namespace vbs::command {
namespace {

using Names = std::set<std::string, std::less<>>;

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Checks {
public:
  Checks(const CommandFile& file, const GivenKeys& given, Place wholeFile, Faults& faults)
      : file_(file), given_(given), wholeFile_(std::move(wholeFile)), faults_(faults) {}

  /// Every parameter of every pattern must be given by the call, a constant or an earlier command.
  void checkParameters() {
    for (const Action action : allActions()) {
      const auto& commands = file_.commands(action);
      Names captured;
      for (const Action before : precedingActions(action)) {
        addCaptured(before, file_.commands(before).size(), captured);
      }
      for (std::size_t i = 0; i < commands.size(); ++i) {
        addCaptured(action, i, captured);
        for (const Pattern* pattern : patternsOf(commands[i])) {
          checkParameters(*pattern, parametersOf(action), captured, commands[i].place, commands[i].key);
        }
      }
    }
  }

  void checkHostDevice() {
    if (file_.hostDevice() == nullptr) return;
    Names captured;
    addCaptured(Action::HostConnect, file_.commands(Action::HostConnect).size(), captured);
    checkParameters(file_.hostDevice()->pattern, parametersOfHostDevice(), captured, *given_.hostDevice,
                    std::string(kHostDevice));
    checkDetachKnowsTheDevice(captured);
  }

  void checkActions(Host host) {
    if (host == Host::VolumeServer) {
      require(Action::VolumeCreate, "a volume server needs it");
      require(Action::VolumeDelete, "a volume server needs it");
    } else if (!given_.hostDevice) {
      faults_.add(wholeFile_, "host.device: is missing; a VM host needs it");
    }
    requirePair(Action::SnapshotCreate, Action::SnapshotDelete);
    requirePair(Action::TargetCreate, Action::TargetDelete);
    requirePair(Action::HostConnect, Action::HostDisconnect);
    requirePair(Action::VmAttach, Action::VmDetach);
    for (const Action action : file_.removed()) {
      if (isGiven(action)) {
        faults_.add(*given_.removed, fmt::format("removed: names {}, which the file has", toString(action)));
      }
    }
    if (host == Host::VolumeServer && isGiven(Action::SnapshotCreate) && !isGiven(Action::VolumeClone) &&
        !isGiven(Action::VolumeCopy)) {
      faults_.add(
          wholeFile_,
          "volume.copy: is missing, and so is volume.clone; one of them makes a volume from a snapshot");
    }
  }

private:
  /// What the commands of an action capture, up to the command at `end`.
  void addCaptured(Action action, std::size_t end, Names& names) const {
    if (givesRecords(action)) return;
    const auto& commands = file_.commands(action);
    for (std::size_t i = 0; i < std::min(end, commands.size()); ++i) {
      if (commands[i].output)
        names.insert(commands[i].output->groups().begin(), commands[i].output->groups().end());
    }
  }

  /// A detach does not connect, so it cannot know what connecting found out.
  void checkDetachKnowsTheDevice(const Names& captured) {
    const auto& names = file_.hostDevice()->pattern.parameters();
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return captured.contains(name) && !contains(parametersOfHostDevice(), name) &&
             !file_.constants().contains(name);
    });
    if (found == names.end()) return;
    for (const CommandPattern& command : file_.commands(Action::VmDetach)) {
      const auto& used = command.pattern.parameters();
      if (std::find(used.begin(), used.end(), "vmmDev") != used.end()) {
        faults_.add(command.place, command.key +
                                       ": <vmmDev> is not known at a detach, because host.device uses <" +
                                       *found + ">, which only host.connect finds out");
      }
    }
  }

  void checkParameters(const Pattern& pattern, const std::vector<std::string_view>& given,
                       const Names& captured, const Place& place, const std::string& key) {
    for (const std::string& name : pattern.parameters()) {
      if (contains(given, name) || captured.contains(name) || file_.constants().contains(name)) continue;
      // A constant that is there but was refused is one fault, not one for each use.
      if (faults_.isAbout(std::string(kParam) + name)) continue;
      std::vector<std::string> known(given.begin(), given.end());
      known.insert(known.end(), captured.begin(), captured.end());
      for (const auto& [constant, value] : file_.constants()) known.push_back(constant);
      std::string message = fmt::format("{}: unknown parameter <{}>", key, name);
      if (const auto best = nearest(name, known)) {
        message += "; did you mean <" + *best + ">?";
      } else {
        message += "; a call gives";
        for (const std::string_view each : given) message += " <" + std::string(each) + ">";
        if (given.empty()) message += " none";
        message += ", others are constants such as param." + name;
      }
      faults_.add(place, std::move(message));
    }
  }

  bool isGiven(Action action) const { return given_.commands.contains(action); }

  void require(Action action, const std::string& why) {
    if (isGiven(action)) return;
    faults_.add(wholeFile_, std::string(toString(action)) + ": is missing; " + why);
  }

  void requirePair(Action forth, Action back) {
    const auto because = [](Action other) {
      return std::string(toString(other)) + " is there, and each undoes the other";
    };
    if (isGiven(forth)) require(back, because(forth));
    if (isGiven(back)) require(forth, because(back));
  }

  const CommandFile& file_;
  const GivenKeys& given_;
  Place wholeFile_;
  Faults& faults_;
};

}  // namespace

void checkWhole(const CommandFile& file, Host host, const GivenKeys& given, const Place& wholeFile,
                Faults& faults) {
  Checks checks(file, given, wholeFile, faults);
  checks.checkParameters();
  checks.checkHostDevice();
  checks.checkActions(host);
}

}  // namespace vbs::command
