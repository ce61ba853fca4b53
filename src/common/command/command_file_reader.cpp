#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "common/command/command_file.h"
#include "common/command/parameter_type.h"
#include "common/model/error.h"
#include "common/model/text.h"
#include "common/properties/nearest.h"
#include "common/properties/properties.h"
#include "common/properties/text_file.h"
#include "common/system/duration.h"

namespace vbs::command {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kParam = "param.";
constexpr std::string_view kHostDevice = "host.device";
constexpr std::string_view kRemoved = "removed";
constexpr std::size_t kMaxBytes = 1U << 20U;
constexpr int kMaxNumber = 99;
constexpr std::chrono::milliseconds kTimeout = 30s;
/// A copy moves all bytes of a volume: no short deadline can be right for all.
constexpr std::chrono::milliseconds kCopyTimeout = 24h;

const std::vector<std::string>& propertyNames() {
  static const std::vector<std::string> kNames{"ok-exit",         "ok-stderr", "timeout", "output",
                                               "no-space-stderr", "progress",  "expect",  "refuse",
                                               "done-unless",     "retry",     "ignore",  "record"};
  return kNames;
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool copies(Action action) {
  return action == Action::VolumeCopy || action == Action::VolumeClone;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// The constants that name this host as an initiator: iSCSI names have no capitals (RFC 7143,
/// section 4.2.7.2), and host names are the same in any case.
bool isOfInitiatorName(std::string_view name) {
  return name == "hostname" || name == "initiatorPrefix";
}

std::string lowerCase(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// A positive number of a numbered key, without sign or leading zeros.
std::optional<int> parseNumber(std::string_view text) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || parsed != end || text.front() == '-' || text.front() == '0')
    return std::nullopt;
  return number;
}

/// The properties of an action or of one of its commands, as far as they are given.
struct Properties {
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<std::vector<int>> okExit;
  std::optional<Expression> okStderr;
  std::optional<Expression> noSpaceStderr;
  std::optional<Expression> output;
  std::optional<Expression> ignore;
  std::optional<Expression> record;
  std::optional<Expression> progress;
  std::optional<Pattern> expect;
  std::optional<Pattern> refuse;
  std::optional<Pattern> doneUnless;
  std::optional<std::chrono::milliseconds> retry;
  int line = 0;  ///< of the first one
  std::string firstKey;
};

/// What the keys of one action say, before it is put together.
struct Draft {
  std::map<int, CommandPattern> commands;  ///< by number, 0 for the key without one
  std::map<int, Properties> properties;    ///< the same; 0 for all commands
};

}  // namespace

/// Reads the properties of a file one after another, collecting every fault, and puts them together.
class CommandFileReader {
public:
  CommandFileReader(std::filesystem::path file, Host host) : path_(std::move(file)), host_(host) {}

  CheckedCommandFile read(std::string_view text) {
    const ReadProperties read = readProperties(text);
    for (const PropertyFault& fault : read.faults) {
      faults_.push_back({path_, fault.line, fault.message, fault.column});
      if (fault.line == 0) return result();  // the whole file is none: what it lacks goes without saying
    }
    // Constants first: patterns above them may use them.
    for (const Property& property : read.properties) {
      if (property.key.starts_with(kParam)) guarded(property, [&] { readConstant(property); });
    }
    for (const Property& property : read.properties) {
      if (!property.key.starts_with(kParam)) guarded(property, [&] { readKey(property); });
    }
    for (auto& [action, draft] : drafts_) assemble(action, draft);
    checkNames();
    checkKeys();
    return result();
  }

  CheckedCommandFile unreadable(const std::string& why) {
    addFault(0, why);
    return result();
  }

private:
  void addFault(int line, std::string message) { faults_.push_back({path_, line, std::move(message)}); }

  /// What `parse` finds wrong with the property becomes a fault at its line.
  template <class Parse>
  void guarded(const Property& property, Parse parse) {
    try {
      parse();
    } catch (const std::exception& error) {
      addFault(property.line, property.key + ": " + error.what());
    }
  }

  CheckedCommandFile result() {
    std::stable_sort(faults_.begin(), faults_.end(),
                     [](const Diagnostic& a, const Diagnostic& b) { return a.line < b.line; });
    if (!faults_.empty()) return {nullptr, std::move(faults_)};
    return {std::make_shared<const CommandFile>(std::move(file_)), {}};
  }

  void readConstant(const Property& property) {
    const std::string name = property.key.substr(kParam.size());
    if (!isParameterName(name)) {
      throw std::invalid_argument("\"" + name +
                                  "\" is no name: expected a letter, then letters, digits and _");
    }
    const bool isDefault = name == "portal" || name == "lun";
    if (!isDefault && findParameterType(name) != nullptr) {
      throw std::invalid_argument("would shadow <" + name + ">, which each call gives; choose another name");
    }
    bool secret = isSecret(name);
    const Pattern pattern = Pattern::parseValue(property.value);
    std::string value = pattern.expand([&](std::string_view used) {
      const auto constant = file_.constants_.find(used);
      if (constant == file_.constants_.end()) {
        throw std::invalid_argument("<" + std::string(used) +
                                    "> is no constant given above; a constant uses only those");
      }
      secret = secret || constant->second.secret;
      return constant->second.value;
    })[0];
    if (isDefault) checkValue(name, value);
    if (isOfInitiatorName(name)) value = lowerCase(std::move(value));
    if (name == "portal") {
      Parameters parts;
      parts.set(name, value);
      for (const auto& [part, text] : parts.all()) {
        file_.constants_.emplace(part, Constant{text, secret, property.line});
      }
      return;
    }
    file_.constants_.emplace(name, Constant{std::move(value), secret, property.line});
  }

  void readKey(const Property& property) {
    if (property.key == kHostDevice) {
      hostDeviceLine_ = property.line;
      hostDevice_.emplace(HostDevicePattern{Pattern::parseValue(property.value), kTimeout});
      return;
    }
    if (property.key == std::string(kHostDevice) + ".timeout") {
      hostDeviceTimeout_ = duration(property.value);
      hostDeviceTimeoutLine_ = property.line;
      return;
    }
    if (property.key == kRemoved) {
      readRemoved(property);
      return;
    }
    // <action>[.<number>][.<property>]; an action has one dot or none.
    const std::vector<std::string> parts = split(property.key, '.');
    for (std::size_t length = std::min<std::size_t>(2, parts.size()); length > 0; --length) {
      const std::string key = length == 1 ? parts[0] : parts[0] + "." + parts[1];
      const auto action = parseAction(key);
      if (!action) continue;
      std::size_t next = length;
      int number = 0;
      if (next < parts.size()) {
        if (const auto parsed = parseNumber(parts[next])) {
          if (*parsed > kMaxNumber) throw std::invalid_argument("at most 99 commands make up an action");
          number = *parsed;
          ++next;
        }
      }
      if (next == parts.size()) {
        readCommand(property, *action, number);
        return;
      }
      if (next + 1 == parts.size() &&
          std::find(propertyNames().begin(), propertyNames().end(), parts[next]) != propertyNames().end()) {
        readProperty(property, *action, number, parts[next]);
        return;
      }
    }
    throw std::invalid_argument("unknown key" + suggestion(property.key));
  }

  void readRemoved(const Property& property) {
    removedLine_ = property.line;
    std::istringstream names(property.value);
    for (std::string name; names >> name;) {
      const auto action = parseAction(name);
      if (!action) throw std::invalid_argument("\"" + printable(name) + "\" is no action" + suggestion(name));
      file_.removed_.insert(*action);
    }
  }

  static std::string suggestion(const std::string& key) {
    std::vector<std::string> known{std::string(kHostDevice), std::string(kHostDevice) + ".timeout",
                                   std::string(kRemoved)};
    for (const Action action : allActions()) {
      known.emplace_back(toString(action));
      for (const std::string& name : propertyNames()) {
        known.push_back(std::string(toString(action)) + "." + name);
      }
    }
    // The number of a command is no part of what may be misspelt.
    std::string bare;
    std::string number;
    for (const std::string& part : split(key, '.')) {
      if (parseNumber(part) && number.empty()) {
        number = part;
      } else {
        bare += (bare.empty() ? "" : ".") + part;
      }
    }
    auto best = nearest(bare, known);
    if (!best) return "; see the list of actions in the documentation of patterns";
    if (!number.empty()) {
      for (const Action action : allActions()) {
        const std::string_view name = toString(action);
        if (*best == name || best->starts_with(std::string(name) + ".")) {
          best->insert(name.size(), "." + number);
          break;
        }
      }
    }
    return "; did you mean " + *best + "?";
  }

  void readCommand(const Property& property, Action action, int number) {
    given_[action].insert(number);  // be it good or not: a bad command is one fault, not a missing one too
    CommandPattern command{.key = property.key,
                           .line = property.line,
                           .pattern = Pattern::parse(property.value),
                           .timeout = copies(action) ? kCopyTimeout : kTimeout,
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
    drafts_[action].commands.emplace(number, std::move(command));
  }

  static std::chrono::milliseconds duration(const std::string& text) {
    const auto parsed = system::parseDuration(text);
    if (!parsed) {
      throw std::invalid_argument("\"" + printable(text, 40) +
                                  "\" is no duration: expected 500ms, 30s, 5m or 24h, at most 7 days");
    }
    return *parsed;
  }

  static std::vector<int> exitCodes(const std::string& text) {
    std::vector<int> codes;
    for (std::string part : split(text, ',')) {
      part.erase(std::remove(part.begin(), part.end(), ' '), part.end());
      const auto code = part == "0" ? 0 : parseNumber(part);
      if (!code || *code > 255) {
        throw std::invalid_argument("\"" + printable(part, 40) +
                                    "\" is no exit code: expected numbers from 0 to 255, such as 0,15");
      }
      codes.push_back(*code);
    }
    return codes;
  }

  void readProperty(const Property& property, Action action, int number, const std::string& name) {
    Properties& properties = drafts_[action].properties[number];
    if (properties.line == 0) {
      properties.line = property.line;
      properties.firstKey = property.key;
    }
    if (name == "timeout") {
      properties.timeout = duration(property.value);
    } else if (name == "retry") {
      properties.retry = duration(property.value);
    } else if (name == "expect") {
      properties.expect = Pattern::parseValue(property.value);
    } else if (name == "refuse") {
      properties.refuse = Pattern::parseValue(property.value);
    } else if (name == "done-unless") {
      properties.doneUnless = Pattern::parseValue(property.value);
    } else if (name == "ok-exit") {
      properties.okExit = exitCodes(property.value);
    } else if (name == "ok-stderr") {
      properties.okStderr = Expression(property.value);
    } else if (name == "no-space-stderr") {
      properties.noSpaceStderr = Expression(property.value);
    } else if (name == "output") {
      Expression expression(property.value);
      checkOutput(action, expression);
      properties.output = std::move(expression);
    } else if (name == "ignore") {
      properties.ignore = lineExpression(action, property.value);
      checkIgnore(*properties.ignore);
    } else if (name == "record") {
      properties.record = lineExpression(action, property.value);
    } else {
      Expression expression(property.value);
      checkProgress(action, expression);
      properties.progress = std::move(expression);
    }
  }

  static void checkOutput(Action action, const Expression& output) {
    if (output.groups().empty()) throw std::invalid_argument("has no named group such as (?<name>...)");
    for (const std::string& group : output.groups()) {
      if (!isParameterName(group)) {
        throw std::invalid_argument("\"" + printable(group, 40) + "\" is no name for a group");
      }
      if (givesRecords(action)) {
        const auto& known = recordGroupsOf(action);
        if (contains(known, group)) continue;
        std::string names;
        for (const std::string_view name : known) names += (names.empty() ? "" : ", ") + std::string(name);
        throw std::invalid_argument(fmt::format("unknown group {}; known are {}", group, names));
      }
      if (group != "portal" && group != "lun" && findParameterType(group) != nullptr) {
        throw std::invalid_argument(fmt::format(
            "group {} would shadow <{}>, which each call gives; choose another name", group, group));
      }
    }
  }

  /// An expression that tells some lines of a listing from others.
  static Expression lineExpression(Action action, const std::string& text) {
    if (!givesRecords(action))
      throw std::invalid_argument("only list.* and capacity have lines to tell apart");
    return Expression(text);
  }

  /// With an expression that is found in any line, no listing could be seen to be strange.
  static void checkIgnore(const Expression& ignore) {
    constexpr std::string_view kWhatNoToolPrints = "\x01";
    if (ignore.isFoundIn(kWhatNoToolPrints)) {
      throw std::invalid_argument("is found in any line; it has to name those that are meant");
    }
  }

  static void checkProgress(Action action, const Expression& progress) {
    if (!copies(action)) throw std::invalid_argument("only volume.copy and volume.clone report progress");
    const auto& groups = progress.groups();
    if (groups.size() != 1 || (groups[0] != "copiedBytes" && groups[0] != "percent")) {
      throw std::invalid_argument("needs one named group, either copiedBytes or percent");
    }
  }

  /// Gives each command its properties: its own, else those of the action.
  void assemble(Action action, Draft& draft) {
    const std::string key(toString(action));
    if (draft.commands.contains(0) && draft.commands.size() > 1) {
      const auto& numbered = std::next(draft.commands.begin())->second;
      addFault(numbered.line, numbered.key + ": " + key + " is given without a number on line " +
                                  std::to_string(draft.commands.at(0).line) +
                                  "; number all commands of an action, or none");
    } else if (!draft.commands.empty() && !given_[action].contains(0)) {
      for (const auto& [number, command] : draft.commands) {
        if (number == 1 || given_[action].contains(number - 1)) continue;
        addFault(command.line, command.key + ": " + key + "." + std::to_string(number - 1) +
                                   " is missing; commands are numbered from 1 without gaps");
      }
    }
    for (const auto& [number, properties] : draft.properties) {
      const bool belongs = number == 0 ? given(action) : given(action) && given_.at(action).contains(number);
      if (!belongs) {
        addFault(properties.line, properties.firstKey + ": there is no command " + key +
                                      (number == 0 ? "" : "." + std::to_string(number)) + " that it is for");
      }
    }
    if (draft.commands.empty()) return;

    std::vector<CommandPattern> commands;
    bool hasOutput = false;
    for (auto& [number, command] : draft.commands) {
      apply(draft.properties[0], command);
      if (number != 0) apply(draft.properties[number], command);
      hasOutput = hasOutput || command.output;
      commands.push_back(std::move(command));
    }
    if (givesRecords(action) && !hasOutput && !outputIsBad(key)) {
      addFault(commands[0].line, key + ": needs " + key + ".output, a regular expression with the group " +
                                     std::string(recordGroupsOf(action)[0]));
    }
    if (givesRecords(action)) checkRecords(action, commands);
    file_.actions_.emplace(action, std::move(commands));
  }

  /// True when an output of the action was given but refused, so that its absence is no second fault.
  bool outputIsBad(const std::string& key) const {
    return std::any_of(faults_.begin(), faults_.end(), [&key](const Diagnostic& fault) {
      return fault.message.starts_with(key + ".") && fault.message.find("output: ") != std::string::npos;
    });
  }

  static void apply(const Properties& properties, CommandPattern& command) {
    if (properties.timeout) command.timeout = *properties.timeout;
    if (properties.okExit) command.okExit = *properties.okExit;
    if (properties.okStderr) command.okStderr = properties.okStderr;
    if (properties.noSpaceStderr) command.noSpaceStderr = properties.noSpaceStderr;
    if (properties.output) command.output = properties.output;
    if (properties.ignore) command.ignore = properties.ignore;
    if (properties.record) command.record = properties.record;
    if (properties.progress) command.progress = properties.progress;
    if (properties.expect) command.expect = properties.expect;
    if (properties.refuse) command.refuse = properties.refuse;
    if (properties.doneUnless) command.doneUnless = properties.doneUnless;
    if (properties.retry) command.retry = *properties.retry;
  }

  void checkRecords(Action action, const std::vector<CommandPattern>& commands) {
    for (const CommandPattern& command : commands) {
      if (!command.output) continue;
      const auto& groups = command.output->groups();
      const auto has = [&groups](std::string_view name) {
        return std::find(groups.begin(), groups.end(), name) != groups.end();
      };
      if (action == Action::Capacity) {
        if (has("totalBytes") && (has("freeBytes") || has("usedBytes") || has("usedPercent"))) continue;
        addFault(command.line, command.key +
                                   ": its output needs the groups totalBytes and one of freeBytes, "
                                   "usedBytes and usedPercent");
      } else if (action == Action::ListSessions || action == Action::ListDevices) {
        if (has("volumeId") || has("targetName")) continue;
        addFault(command.line, command.key + ": its output needs the group volumeId or targetName");
      } else if (!has(recordGroupsOf(action)[0])) {
        addFault(command.line,
                 command.key + ": its output needs the group " + std::string(recordGroupsOf(action)[0]));
      }
    }
  }

  /// What the commands of an action capture, up to the command at `end`.
  void addCaptured(Action action, std::size_t end, std::set<std::string, std::less<>>& names) const {
    if (givesRecords(action)) return;
    const auto& commands = file_.commands(action);
    for (std::size_t i = 0; i < std::min(end, commands.size()); ++i) {
      if (commands[i].output)
        names.insert(commands[i].output->groups().begin(), commands[i].output->groups().end());
    }
  }

  /// Every parameter of every pattern must be given by the call, a constant or an earlier command.
  void checkNames() {
    for (const auto& [action, commands] : file_.actions_) {
      std::set<std::string, std::less<>> captured;
      for (const Action before : precedingActions(action)) {
        addCaptured(before, file_.commands(before).size(), captured);
      }
      for (std::size_t i = 0; i < commands.size(); ++i) {
        addCaptured(action, i, captured);
        const CommandPattern& command = commands[i];
        for (const Pattern* pattern : patternsOf(command)) {
          checkParameters(*pattern, parametersOf(action), captured, command.line, command.key);
        }
      }
    }
    if (!hostDevice_) {
      if (hostDeviceTimeoutLine_ > 0 && hostDeviceLine_ == 0) {
        addFault(hostDeviceTimeoutLine_, "host.device.timeout: there is no host.device");
      }
      return;
    }
    if (hostDeviceTimeout_) hostDevice_->timeout = *hostDeviceTimeout_;
    std::set<std::string, std::less<>> captured;
    addCaptured(Action::HostConnect, file_.commands(Action::HostConnect).size(), captured);
    checkParameters(hostDevice_->pattern, parametersOfHostDevice(), captured, hostDeviceLine_,
                    std::string(kHostDevice));
    checkDetachKnowsTheDevice(captured);
    file_.hostDevice_ = std::move(hostDevice_);
  }

  /// A detach does not connect, so it cannot know what connecting found out.
  void checkDetachKnowsTheDevice(const std::set<std::string, std::less<>>& captured) {
    const auto& names = hostDevice_->pattern.parameters();
    const auto found = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return captured.contains(name) && !contains(parametersOfHostDevice(), name) &&
             !file_.constants_.contains(name);
    });
    if (found == names.end()) return;
    for (const CommandPattern& command : file_.commands(Action::VmDetach)) {
      const auto& used = command.pattern.parameters();
      if (std::find(used.begin(), used.end(), "vmmDev") != used.end()) {
        addFault(command.line, command.key +
                                   ": <vmmDev> is not known at a detach, because host.device uses <" +
                                   *found + ">, which only host.connect finds out");
      }
    }
  }

  void checkParameters(const Pattern& pattern, const std::vector<std::string_view>& given,
                       const std::set<std::string, std::less<>>& captured, int line, const std::string& key) {
    for (const std::string& name : pattern.parameters()) {
      if (contains(given, name) || captured.contains(name) || file_.constants_.contains(name)) continue;
      if (badConstant(name)) continue;
      std::vector<std::string> known(given.begin(), given.end());
      known.insert(known.end(), captured.begin(), captured.end());
      for (const auto& [constant, value] : file_.constants_) known.push_back(constant);
      std::string message = fmt::format("{}: unknown parameter <{}>", key, name);
      if (const auto best = nearest(name, known)) {
        message += "; did you mean <" + *best + ">?";
      } else {
        message += "; a call gives";
        for (const std::string_view each : given) message += " <" + std::string(each) + ">";
        if (given.empty()) message += " none";
        message += ", others are constants such as param." + name;
      }
      addFault(line, std::move(message));
    }
  }

  /// True when the constant is there but was refused: that is one fault, not one for each use.
  bool badConstant(const std::string& name) const {
    const std::string start = std::string(kParam) + name + ": ";
    return std::any_of(faults_.begin(), faults_.end(),
                       [&start](const Diagnostic& fault) { return fault.message.starts_with(start); });
  }

  bool given(Action action) const { return given_.contains(action); }

  void require(Action action, const std::string& why) {
    if (!given(action)) addFault(0, std::string(toString(action)) + ": is missing; " + why);
  }

  void requirePair(Action forth, Action back) {
    const auto because = [](Action other) {
      return std::string(toString(other)) + " is there, and each undoes the other";
    };
    if (given(forth)) require(back, because(forth));
    if (given(back)) require(forth, because(back));
  }

  void checkKeys() {
    if (host_ == Host::VolumeServer) {
      require(Action::VolumeCreate, "a volume server needs it");
      require(Action::VolumeDelete, "a volume server needs it");
    } else if (hostDeviceLine_ == 0 && !hasFaultAt(kHostDevice)) {
      addFault(0, "host.device: is missing; a VM host needs it");
    }
    requirePair(Action::SnapshotCreate, Action::SnapshotDelete);
    requirePair(Action::TargetCreate, Action::TargetDelete);
    requirePair(Action::HostConnect, Action::HostDisconnect);
    requirePair(Action::VmAttach, Action::VmDetach);
    for (const Action action : file_.removed_) {
      if (given(action)) {
        addFault(removedLine_, fmt::format("removed: names {}, which the file has", toString(action)));
      }
    }
    if (host_ == Host::VolumeServer && given(Action::SnapshotCreate) && !given(Action::VolumeClone) &&
        !given(Action::VolumeCopy)) {
      addFault(0,
               "volume.copy: is missing, and so is volume.clone; one of them makes a volume from a snapshot");
    }
  }

  bool hasFaultAt(std::string_view key) const {
    return std::any_of(faults_.begin(), faults_.end(), [key](const Diagnostic& fault) {
      return fault.message.starts_with(std::string(key) + ": ");
    });
  }

  std::filesystem::path path_;
  Host host_;
  std::vector<Diagnostic> faults_;
  std::map<Action, Draft> drafts_;
  std::map<Action, std::set<int>> given_;  ///< the numbers of the commands in the file, good or bad
  std::optional<HostDevicePattern> hostDevice_;
  int hostDeviceLine_ = 0;
  std::optional<std::chrono::milliseconds> hostDeviceTimeout_;
  int hostDeviceTimeoutLine_ = 0;
  int removedLine_ = 0;
  CommandFile file_;
};

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
