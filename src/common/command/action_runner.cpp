#include "common/command/action_runner.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <set>
#include <stdexcept>
#include <utility>

#include "common/command/copy_progress.h"
#include "common/command/expansion.h"
#include "common/fault/fault_point.h"
#include "common/model/error.h"
#include "common/model/size.h"
#include "common/model/text.h"
#include "common/system/duration.h"

namespace vbs::command {
namespace {

constexpr auto kRetryInterval = std::chrono::milliseconds(250);
constexpr std::size_t kMaxName = 500;         // bytes of a command line, in messages
constexpr std::size_t kMaxLine = 300;         // bytes of what a command complained about, in messages
constexpr std::size_t kMaxStrangeLine = 117;  // and "..." where it is cut

bool isBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string_view trimmedEnd(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

/// The last lines of `text` as one line, as what matters may stand before a hint ("Try --help") or a summary.
/// Of a line that was written over (\r, progress) only the end counts.
std::string inOneLine(std::string_view text) {
  constexpr int kLines = 3;
  std::string joined;
  for (int lines = 0; lines < kLines && !isBlank(text); ++lines) {
    text = trimmedEnd(text);
    const std::string_view line = text.substr(text.find_last_of("\r\n") + 1);
    if (!joined.empty()) joined.insert(0, "; ");
    joined.insert(0, line.substr(line.find_first_not_of(" \t")));
    text = text.substr(0, text.rfind('\n') + 1);
  }
  return printableTail(joined, kMaxLine);
}

/// What the command complained about. Some tools (targetcli) complain on stdout only.
const std::string& complaint(const CommandResult& result) {
  return isBlank(result.err) ? result.out : result.err;
}

/// What messages call a command: its line. The program that it begins with is often not the one that the
/// administrator has in mind (flock, env, sh).
std::string nameOf(const ExpandedCommand& command) {
  return printable(command.shown, kMaxName);
}

/// How a command was made to end; follows on why.
std::string endingOf(const CommandResult& result) {
  if (!result.ending) return {};
  const double seconds = std::chrono::duration<double>(result.ending->after).count();
  return fmt::format("; {} {:.1f} s later",
                     result.ending->killed ? "SIGTERM did not end it, SIGKILL did" : "SIGTERM ended it",
                     seconds);
}

std::string howItEnded(const ExpandedCommand& command, const CommandPattern& pattern,
                       const CommandResult& result) {
  const std::string name = nameOf(command);
  if (result.startError) return command.argv[0] + ": " + *result.startError;
  if (result.watchError) return name + " was killed as it cannot be watched: " + *result.watchError;
  if (result.timedOut) {
    return name + " did not end within " + system::toString(pattern.timeout) + endingOf(result);
  }
  if (result.stopped) return name + " was stopped" + endingOf(result);
  if (result.signal) {
    return name + " was ended by signal " + std::to_string(*result.signal) + " (" +
           ::strsignal(*result.signal) + ")";
  }
  return name + " exited with " + std::to_string(result.exitCode.value_or(-1));
}

/// Whether `text` stands in `out`. A ^ before it and a $ behind it bind it to where a line begins and ends.
bool isPrinted(std::string_view text, std::string_view out) {
  const bool fromLineStart = text.starts_with('^');
  if (fromLineStart) text.remove_prefix(1);
  const bool toLineEnd = text.ends_with('$');
  if (toLineEnd) text.remove_suffix(1);
  for (auto at = out.find(text); at != std::string_view::npos; at = out.find(text, at + 1)) {
    const std::string_view after = out.substr(at + text.size());
    const bool begins = at == 0 || out[at - 1] == '\n';
    const bool ends = after.empty() || after.starts_with('\n') || after.starts_with("\r\n");
    if ((begins || !fromLineStart) && (ends || !toLineEnd)) return true;
  }
  return false;
}

/// What is wrong with how a command ended; empty when it counts as done.
std::string faultOf(const ExpandedCommand& command, const CommandPattern& pattern,
                    const CommandResult& result) {
  const bool allowed =
      result.exitCode &&
      (*result.exitCode == 0 ||
       std::find(pattern.okExit.begin(), pattern.okExit.end(), *result.exitCode) != pattern.okExit.end() ||
       (pattern.okStderr && pattern.okStderr->isFoundIn(complaint(result))));
  if (!allowed) {
    std::string fault = howItEnded(command, pattern, result);
    const std::string said = inOneLine(masked(complaint(result), command.secrets));
    if (!said.empty()) fault += ": " + said;
    return fault;
  }
  if (result.outTruncated && (command.expect || command.refuse || command.doneUnless)) {
    return nameOf(command) + " printed more than can be kept";
  }
  if (command.expect && !isPrinted(*command.expect, result.out)) {
    return nameOf(command) + " did not print \"" + masked(*command.expect, command.secrets) + '"';
  }
  if (command.refuse && isPrinted(*command.refuse, result.out)) {
    return nameOf(command) + " printed \"" + masked(*command.refuse, command.secrets) + '"';
  }
  return {};
}

Error failure(const ExpandedCommand& command, const CommandPattern& pattern, const CommandResult& result,
              const std::string& fault, const std::string& resource) {
  const std::string message = command.key + ": " + fault;
  if (result.timedOut) return {ErrorCode::Timeout, message, resource};
  if (pattern.noSpaceStderr && pattern.noSpaceStderr->isFoundIn(complaint(result))) {
    return {ErrorCode::InsufficientCapacity, message, resource};
  }
  return {message, resource,
          CommandFailure{command.key, result.exitCode,
                         printableTail(trimmedEnd(masked(complaint(result), command.secrets)))}};
}

/// What a command that failed has changed: nothing when it was not started, or when it ended by itself, which
/// is how it refuses. A command that succeeded and only printed more than can be kept has changed something.
Effect effectOf(const CommandResult& result) {
  const bool neverBegan = result.startError || (result.stopped && !result.ending);
  const bool refused = result.exitCode && !(result.exitCode == 0 && result.outTruncated);
  return refused || neverBegan ? Effect::None : Effect::Partial;
}

/// One attempt at a command, as its log line tells it.
void log(spdlog::level::level_enum level, const ExpandedCommand& command, const CommandPattern& pattern,
         const CommandResult& result, const std::string& fault, std::chrono::steady_clock::duration duration,
         const std::string& context) {
  if (!spdlog::should_log(level)) return;
  spdlog::log(level, "{}{}{}: {}{} ({:.1f} ms)", context, context.empty() ? "" : " ", command.key,
              fault.empty() ? howItEnded(command, pattern, result) : fault,
              fault.empty() && result.exitCode != 0 ? ", which counts as done" : "",
              std::chrono::duration<double, std::milli>(duration).count());
}

/// Whether another attempt may succeed: the command ran and refused, and not for want of space.
bool mayRetry(const CommandPattern& pattern, const CommandResult& result) {
  return result.exitCode && !(pattern.noSpaceStderr && pattern.noSpaceStderr->isFoundIn(complaint(result)));
}

/// Waits between two attempts; false when a stop was asked for.
bool pause(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, kRetryInterval, [] { return false; });
  return !stop.stop_requested();
}

/// Before anything is run: every parameter has a value, or an earlier command of the action may find it.
void checkComplete(const CommandFile& file, const std::vector<CommandPattern>& commands,
                   const Parameters& parameters) {
  std::set<std::string, std::less<>> found;
  for (const CommandPattern& command : commands) {
    const auto patterns = patternsOf(command);
    const bool waits = std::any_of(patterns.begin(), patterns.end(), [&](const Pattern* pattern) {
      const auto& names = pattern->parameters();
      return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return found.contains(name) && parameters.find(name) == nullptr && !file.constants().contains(name);
      });
    });
    if (!waits) expand(file, command, parameters);
    if (command.output) found.insert(command.output->groups().begin(), command.output->groups().end());
  }
}

/// Cuts the first line off `text`, without its end.
std::string_view takeLine(std::string_view& text) {
  const auto end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Cuts the first record off `text`: a line, or where `.record` tells how records begin, all lines up to the
/// beginning of the next one.
std::string_view takeRecord(const CommandPattern& pattern, std::string_view& text) {
  const std::string_view all = text;
  const std::string_view first = takeLine(text);
  if (!pattern.record || !pattern.record->isFoundIn(first)) return first;
  while (!text.empty()) {
    std::string_view rest = text;
    if (pattern.record->isFoundIn(takeLine(rest))) break;
    text = rest;
  }
  return all.substr(0, all.size() - text.size());
}

/// A line that is no record and is known to be none.
bool isExpected(const CommandPattern& pattern, const CommandResult& result, std::string_view line) {
  if (isBlank(line) || (pattern.ignore && pattern.ignore->isFoundIn(line))) return true;
  return result.exitCode != 0 && pattern.okStderr && pattern.okStderr->isFoundIn(line);
}

void readRecords(const ExpandedCommand& command, const CommandPattern& pattern, const CommandResult& result,
                 ActionOutput& found) {
  for (std::string_view text = result.out; !text.empty();) {
    std::string_view record = takeRecord(pattern, text);
    if (auto groups = pattern.output->find(record)) {
      found.records.push_back(std::move(*groups));
      continue;
    }
    const std::string_view line = takeLine(record);
    if (isExpected(pattern, result, line)) continue;
    if (++found.strangeLines == 1)
      found.firstStrangeLine = printable(masked(std::string(line), command.secrets), kMaxStrangeLine);
  }
}

/// Adds what the command's output tells to `found`. Throws std::runtime_error when it cannot be read.
void readOutput(const ExpandedCommand& command, const CommandPattern& pattern, Action action,
                const CommandResult& result, ActionOutput& found) {
  if (givesRecords(action)) {
    // Half a listing would make what exists look gone.
    if (result.outTruncated) throw std::runtime_error("it is too long to be kept");
    readRecords(command, pattern, result, found);
  } else if (const auto groups = pattern.output->find(result.out)) {
    for (const auto& [name, value] : *groups) {
      if (!value.empty()) found.captured.set(name, value);
    }
  }
}

[[noreturn]] void unusable(const ExpandedCommand& command, const std::exception& why,
                           const std::string& resource) {
  throw Error(command.key + ": what it printed cannot be used: " + masked(why.what(), command.secrets),
              resource, CommandFailure{command.key, std::nullopt, {}});
}

/// Runs a command, again for as long as `.retry` says, and throws when it ends with a fault.
CommandResult runUntilGood(CommandRunner& runner, const Command& command, const CommandPattern& pattern,
                           const ExpandedCommand& expanded, const std::string& resource,
                           const ActionRunner::Options& options) {
  const auto giveUp = std::chrono::steady_clock::now() + pattern.retry;
  while (true) {
    const auto begin = std::chrono::steady_clock::now();
    CommandResult result = runner.run(command);
    const auto end = std::chrono::steady_clock::now();
    const std::string fault = faultOf(expanded, pattern, result);
    const bool again = !fault.empty() && end < giveUp && mayRetry(pattern, result);
    const auto level = fault.empty() || again ? spdlog::level::debug : spdlog::level::warn;
    log(level, expanded, pattern, result, fault, end - begin, options.logContext);
    if (fault.empty()) return result;
    if (!again || !pause(options.stop)) {
      throw failure(expanded, pattern, result, fault, resource).withEffect(effectOf(result));
    }
  }
}

/// The commands before may not have found a value, but they have done their part.
ExpandedCommand expandLater(const CommandFile& file, const CommandPattern& pattern,
                            const Parameters& values) {
  try {
    return expand(file, pattern, values);
  } catch (const Error& error) {
    throw error.withEffect(Effect::Partial);
  }
}

std::int64_t bytesToCopy(const Parameters& parameters) {
  const std::string* size = parameters.find("sizeGiB");
  std::int64_t gib = SizeGiB::kMin;
  if (size != nullptr) std::from_chars(size->data(), size->data() + size->size(), gib);
  return SizeGiB(gib).bytes();
}

}  // namespace

ActionRunner::ActionRunner(CommandRunner& runner) : runner_(runner) {}

ActionOutput ActionRunner::run(const CommandFile& file, Action action, const Parameters& parameters,
                               const std::string& resource) const {
  return run(file, action, parameters, resource, Options{});
}

ActionOutput ActionRunner::run(const CommandFile& file, Action action, const Parameters& parameters,
                               const std::string& resource, const Options& options) const {
  const auto& patterns = file.commands(action);
  checkComplete(file, patterns, parameters);
  ActionOutput found;
  for (const CommandPattern& pattern : patterns) {
    // What the commands before have done stays when this one refuses.
    const bool isFirst = &pattern == &patterns.front();
    Parameters values = parameters;
    values.add(found.captured);
    const ExpandedCommand expanded =
        isFirst ? expand(file, pattern, values) : expandLater(file, pattern, values);

    Command command{.argv = expanded.argv,
                    .timeout = pattern.timeout,
                    .stop = options.stop,
                    .onStderr = {},
                    .name = expanded.key};
    std::optional<CopyProgress> progress;
    if (pattern.progress && options.onProgress) {
      progress.emplace(*pattern.progress, bytesToCopy(parameters), options.onProgress);
      command.onStderr = [&progress](std::string_view text) { progress->read(text); };
    }
    try {
      fault::reachCommand(expanded.key, resource, ".before");
      const CommandResult result = runUntilGood(runner_, command, pattern, expanded, resource, options);
      fault::reachCommand(expanded.key, resource, ".after");
      if (pattern.output) readOutput(expanded, pattern, action, result, found);
      const bool isDone = expanded.doneUnless && !isPrinted(*expanded.doneUnless, result.out);
      found.wasAlreadySo = found.wasAlreadySo || isDone || result.exitCode != 0;
      if (isDone) break;
    } catch (const Error& error) {
      // A captured value that breaks a rule is the command's failure and not the caller's.
      if (error.code() == ErrorCode::InvalidParameter) unusable(expanded, error, resource);
      throw isFirst ? error : error.withEffect(Effect::Partial);
    } catch (const std::runtime_error& error) {  // a search that was given up as too complex
      unusable(expanded, error, resource);
    }
  }
  return found;
}

}  // namespace vbs::command
