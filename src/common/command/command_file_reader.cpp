#include "common/command/command_file_reader.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "common/command/constants.h"
#include "common/command/property_values.h"
#include "common/model/text.h"
#include "common/properties/nearest.h"

namespace vbs::command {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kTimeout = 30s;
/// A copy moves all bytes of a volume: no short deadline can be right for all.
constexpr std::chrono::milliseconds kCopyTimeout = 24h;

/// What keeps the output of a command from giving records; empty when nothing does.
std::string missingGroups(Action action, const Expression& output) {
  const auto& groups = output.groups();
  const auto has = [&groups](std::string_view name) {
    return std::find(groups.begin(), groups.end(), name) != groups.end();
  };
  if (action == Action::Capacity) {
    if (has("totalBytes") && (has("freeBytes") || has("usedBytes") || has("usedPercent"))) return {};
    return "the groups totalBytes and one of freeBytes, usedBytes and usedPercent";
  }
  if (action == Action::ListSessions || action == Action::ListDevices) {
    if (has("volumeId") || has("targetName")) return {};
    return "the group volumeId or targetName";
  }
  const std::string_view first = recordGroupsOf(action)[0];
  return has(first) ? "" : "the group " + std::string(first);
}

/// Where `other` is, for a message about `place`.
std::string whereFrom(const Place& place, const Place& other) {
  return place.file == other.file ? "on line " + std::to_string(other.line) : "at " + toString(other);
}

}  // namespace

CommandFileReader::CommandFileReader(FileSet set, Host host) : set_(std::move(set)), host_(host) {}

CheckedCommandFile CommandFileReader::read() {
  for (const Diagnostic& fault : set_.faults) faults_.add(fault.place, fault.message, fault.column);
  // Constants first: patterns above them may use them.
  if (set_.isWhole) file_.constants_ = readConstants(set_.properties, faults_);
  for (const PlacedProperty& property : set_.properties) {
    if (property.key.starts_with(kParam)) continue;
    try {
      readKey(property);
    } catch (const std::exception& error) {
      faults_.add(property.place, property.key + ": " + error.what());
    }
  }
  // When a file is missing or unreadable, do not list what else is not there.
  if (set_.isWhole) {
    for (auto& [action, draft] : drafts_) assemble(action, draft);
    assembleHostDevice();
    checkWhole(file_, host_, given_, {set_.files.front().path(), 0}, faults_);
    checkOwnConstants();
  }
  return result();
}

CheckedCommandFile CommandFileReader::result() {
  std::vector<Diagnostic> faults = faults_.all();
  std::stable_sort(faults.begin(), faults.end(), [this](const Diagnostic& one, const Diagnostic& other) {
    return set_.isBefore(one.place, other.place);
  });
  CheckedCommandFile checked{.file = nullptr, .faults = std::move(faults), .files = std::move(set_.files)};
  if (checked.faults.empty()) checked.file = std::make_shared<const CommandFile>(std::move(file_));
  return checked;
}

void CommandFileReader::readKey(const PlacedProperty& property) {
  if (property.key == kHostDevice) {
    given_.hostDevice = property.place;
    hostDevice_.emplace(HostDevicePattern{Pattern::parseValue(property.value), kTimeout});
    return;
  }
  if (property.key == kHostDeviceTimeout) {
    hostDeviceTimeout_ = parseDeadline(property.value);
    hostDeviceTimeoutPlace_ = property.place;
    return;
  }
  if (property.key == kRemoved) {
    readRemoved(property);
    return;
  }
  const PatternKey key = parsePatternKey(property.key);
  if (key.property.empty()) {
    readCommand(property, key);
  } else {
    setProperty(drafts_[key.action].properties[key.number], key.action, key.property, property);
  }
}

void CommandFileReader::readRemoved(const PlacedProperty& property) {
  given_.removed = property.place;
  std::istringstream names(property.value);
  for (std::string name; names >> name;) {
    const auto action = parseAction(name);
    if (!action)
      throw std::invalid_argument("\"" + printable(name) + "\" is no action" + suggestionFor(name));
    file_.removed_.insert(*action);
  }
}

void CommandFileReader::readCommand(const PlacedProperty& property, const PatternKey& key) {
  given_.commands[key.action].insert(key.number);
  CommandPattern command{.key = property.key,
                         .place = property.place,
                         .pattern = Pattern::parse(property.value),
                         .timeout = copies(key.action) ? kCopyTimeout : kTimeout,
                         .okExit = {},
                         .okStderr = {},
                         .noSpaceStderr = {},
                         .output = {},
                         .ignore = {},
                         .record = {},
                         .progress = {},
                         .expect = {},
                         .doneUnless = {},
                         .refuse = {}};
  drafts_[key.action].commands.emplace(key.number, std::move(command));
}

/// Gives each command its properties: its own, else those of the action.
void CommandFileReader::assemble(Action action, Draft& draft) {
  checkNumbers(action, draft);
  checkProperties(action, draft);
  if (draft.commands.empty()) return;
  std::vector<CommandPattern> commands;
  for (auto& [number, command] : draft.commands) {
    apply(draft.properties[0], command);
    if (number != 0) apply(draft.properties[number], command);
    commands.push_back(std::move(command));
  }
  if (givesRecords(action)) checkRecords(action, draft, commands);
  file_.actions_.emplace(action, std::move(commands));
}

void CommandFileReader::checkNumbers(Action action, const Draft& draft) {
  const std::string key(toString(action));
  if (draft.commands.contains(0) && draft.commands.size() > 1) {
    const CommandPattern& numbered = std::next(draft.commands.begin())->second;
    faults_.add(numbered.place, numbered.key + ": " + key + " is given without a number " +
                                    whereFrom(numbered.place, draft.commands.at(0).place) +
                                    "; number all commands of an action, or none");
    return;
  }
  if (draft.commands.empty() || given_.commands[action].contains(0)) return;
  for (const auto& [number, command] : draft.commands) {
    if (number == 1 || given_.commands[action].contains(number - 1)) continue;
    faults_.add(command.place, command.key + ": " + key + "." + std::to_string(number - 1) +
                                   " is missing; commands are numbered from 1 without gaps");
  }
}

void CommandFileReader::checkProperties(Action action, const Draft& draft) {
  const std::string key(toString(action));
  const auto given = given_.commands.find(action);
  for (const auto& [number, properties] : draft.properties) {
    if (given != given_.commands.end() && (number == 0 || given->second.contains(number))) continue;
    faults_.add(properties.firstPlace, properties.firstKey + ": there is no command " + key +
                                           (number == 0 ? "" : "." + std::to_string(number)) +
                                           " that it is for");
  }
}

void CommandFileReader::checkRecords(Action action, const Draft& draft,
                                     const std::vector<CommandPattern>& commands) {
  const std::string key(toString(action));
  bool hasOutput = false;
  for (const CommandPattern& command : commands) {
    if (!command.output) continue;
    hasOutput = true;
    const std::string missing = missingGroups(action, *command.output);
    if (!missing.empty()) faults_.add(command.place, command.key + ": its output needs " + missing);
  }
  // An output that was given but refused is no missing one, too.
  const bool isRefused =
      std::any_of(draft.properties.begin(), draft.properties.end(), [&](const auto& properties) {
        const int number = properties.first;
        return faults_.isAbout(key + (number == 0 ? "" : "." + std::to_string(number)) + ".output");
      });
  if (hasOutput || isRefused) return;
  faults_.add(commands[0].place, key + ": needs " + key + ".output, a regular expression with the group " +
                                     std::string(recordGroupsOf(action)[0]));
}

void CommandFileReader::assembleHostDevice() {
  if (hostDeviceTimeout_ && !given_.hostDevice) {
    faults_.add(hostDeviceTimeoutPlace_, "host.device.timeout: there is no host.device");
  }
  if (!hostDevice_) return;
  if (hostDeviceTimeout_) hostDevice_->timeout = *hostDeviceTimeout_;
  file_.hostDevice_ = std::move(hostDevice_);
}

/// A misspelt constant beside an include is missed by nobody: the value of what is included holds then.
void CommandFileReader::checkOwnConstants() {
  std::set<std::string> used{"portal", "lun"};
  const auto use = [&used](const Pattern& pattern) {
    used.insert(pattern.parameters().begin(), pattern.parameters().end());
  };
  for (const auto& [action, commands] : file_.actions_) {
    for (const CommandPattern& command : commands) {
      for (const Pattern* pattern : patternsOf(command)) use(*pattern);
    }
  }
  if (file_.hostDevice_) use(file_.hostDevice_->pattern);
  std::vector<const PlacedProperty*> own;
  std::vector<std::string> others;
  for (const PlacedProperty& property : set_.properties) {
    if (!property.key.starts_with(kParam)) continue;
    const bool isOwn = property.place.file == set_.files.front().path();
    if (isOwn) own.push_back(&property);
    if (!isOwn) others.push_back(property.key);
    // A value that cannot be parsed is a fault by now.
    if (faults_.all().empty()) use(Pattern::parseValue(property.value));
  }
  for (const PlacedProperty* property : own) {
    const std::string name = property->key.substr(kParam.size());
    file_.ownConstants_.insert(name);
    if (set_.files.size() == 1 || used.contains(name) || !faults_.all().empty()) continue;
    const auto meant = nearest(property->key, others);
    faults_.add(property->place, property->key + ": nothing uses it" +
                                     (meant ? "; did you mean " + *meant + "?" : std::string()));
  }
}

CheckedCommandFile CommandFile::parse(std::string_view text, const std::filesystem::path& file, Host host) {
  return CommandFileReader(readFileSet(text, file), host).read();
}

CheckedCommandFile CommandFile::read(const std::filesystem::path& file, Host host) {
  return CommandFileReader(readFileSet(file), host).read();
}

}  // namespace vbs::command
