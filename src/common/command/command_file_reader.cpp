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
#include "common/model/error.h"
#include "common/model/text.h"
#include "common/properties/properties.h"
#include "common/properties/text_file.h"

namespace vbs::command {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxBytes = 1U << 20U;
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

}  // namespace

CommandFileReader::CommandFileReader(std::filesystem::path file, Host host)
    : wholeFile_{std::move(file), 0}, host_(host) {}

CheckedCommandFile CommandFileReader::read(std::string_view text) {
  const ReadProperties read = readProperties(text);
  for (const PropertyFault& fault : read.faults) {
    faults_.add({wholeFile_.file, fault.line}, fault.message, fault.column);
    if (fault.line == 0) return result();  // the whole file is none: what it lacks goes without saying
  }
  std::vector<PlacedProperty> properties;
  for (const Property& property : read.properties) {
    properties.push_back({property.key, property.value, {wholeFile_.file, property.line}});
  }
  // Constants first: patterns above them may use them.
  file_.constants_ = readConstants(properties, faults_);
  for (const PlacedProperty& property : properties) {
    if (property.key.starts_with(kParam)) continue;
    try {
      readKey(property);
    } catch (const std::exception& error) {
      faults_.add(property.place, property.key + ": " + error.what());
    }
  }
  for (auto& [action, draft] : drafts_) assemble(action, draft);
  assembleHostDevice();
  checkWhole(file_, host_, given_, wholeFile_, faults_);
  return result();
}

CheckedCommandFile CommandFileReader::unreadable(const std::string& why) {
  faults_.add(wholeFile_, why);
  return result();
}

CheckedCommandFile CommandFileReader::result() {
  std::vector<Diagnostic> faults = faults_.all();
  std::stable_sort(faults.begin(), faults.end(),
                   [](const Diagnostic& a, const Diagnostic& b) { return a.place.line < b.place.line; });
  if (!faults.empty()) return {nullptr, std::move(faults)};
  return {std::make_shared<const CommandFile>(std::move(file_)), {}};
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
    faults_.add(numbered.place, numbered.key + ": " + key + " is given without a number on line " +
                                    std::to_string(draft.commands.at(0).place.line) +
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

CheckedCommandFile CommandFile::parse(std::string_view text, const std::filesystem::path& file, Host host) {
  CommandFileReader reader(file, host);
  if (text.size() > kMaxBytes) return reader.unreadable("is larger than 1 MiB, so it is no pattern file");
  return reader.read(text);
}

CheckedCommandFile CommandFile::read(const std::filesystem::path& file, Host host) {
  try {
    return parse(readTextFile(file, kMaxBytes), file, host);
  } catch (const Error& error) {
    return CommandFileReader(file, host).unreadable(error.what());
  }
}

}  // namespace vbs::command
