#include "cli/refusal.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "cli/display_text.h"

namespace vbs::cli {
namespace {

/// Each line of `text` made safe, behind `prefix`.
std::string lines(std::string_view text, std::string_view firstPrefix, std::string_view prefix) {
  std::string result;
  std::string_view lead = firstPrefix;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    result += fmt::format("{}{}\n", lead, visible(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    lead = prefix;
  }
  return result;
}

/// The lines of `text` that the message does not have: the message has the last ones in one line.
std::string untold(std::string_view text, std::string_view message) {
  constexpr std::string_view kBlanks = " \t\r";
  std::string result;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) continue;
    const std::string_view words = line.substr(begin, line.find_last_not_of(kBlanks) + 1 - begin);
    if (message.find(words) == std::string_view::npos) result.append(line).append("\n");
  }
  return result;
}

/// The volume that a command is about; empty when it is about none.
std::string volumeOf(const Command& command) {
  if (const auto* deletion = std::get_if<DeleteVolume>(&command)) return deletion->volumeId.str();
  if (const auto* attachment = std::get_if<AttachVolume>(&command)) return attachment->request.volumeId.str();
  if (const auto* detachment = std::get_if<DetachVolume>(&command)) return detachment->request.volumeId.str();
  if (const auto* snapshot = std::get_if<CreateSnapshot>(&command)) return snapshot->request.volumeId.str();
  return {};
}

std::string describeCommand(const Error& error, const Command& command) {
  const std::string& id = error.resource();
  if (SnapshotId::isValid(id)) return "vbs describe-snapshots " + id;
  if (VolumeId::isValid(id)) return "vbs describe-volumes " + id;
  const std::string volume = volumeOf(command);
  return volume.empty() ? "vbs describe-volumes" : "vbs describe-volumes " + volume;
}

bool isAdoption(const Command& command) {
  const auto* admin = std::get_if<AdminCommand>(&command);
  return admin != nullptr &&
         (std::holds_alternative<AdoptVolume>(*admin) || std::holds_alternative<AdoptSnapshot>(*admin));
}

/// What is adopted is unknown to every describe.
std::optional<std::string> nextStepOfAdoption(const Error& error) {
  const bool isNotThere =
      error.code() == ErrorCode::VolumeNotFound || error.code() == ErrorCode::SnapshotNotFound;
  return isNotThere ? std::optional<std::string>("vbs admin reconcile --dry-run, which lists the orphans")
                    : std::nullopt;
}

std::optional<std::string> nextStep(const Error& error, const Command& command) {
  if (isAdoption(command)) return nextStepOfAdoption(error);
  switch (error.code()) {
    case ErrorCode::VolumeNotFound:
      return "vbs describe-volumes";
    case ErrorCode::SnapshotNotFound:
      return "vbs describe-snapshots";
    case ErrorCode::VolumeInUse:
      if (const auto* deletion = std::get_if<DeleteVolume>(&command)) {
        return "vbs detach-volume " + deletion->volumeId.str();
      }
      return describeCommand(error, command);
    case ErrorCode::IncorrectState:
      return describeCommand(error, command);
    case ErrorCode::DeviceInUse:
      return "another VM device; vbs describe-volumes lists those that are taken";
    case ErrorCode::Busy:
      return "the same command again in a moment";
    case ErrorCode::DelegateUnreachable:
    case ErrorCode::Timeout:
      // Force helps against a VM host that does not answer, not against a volume server.
      if (const auto* detachment = std::get_if<DetachVolume>(&command);
          detachment != nullptr && !detachment->request.force &&
          std::string_view(error.what()).find("at the Volume Delegate") == std::string_view::npos) {
        return fmt::format("vbs detach-volume --force {}, only if the VM host is lost for good",
                           detachment->request.volumeId.str());
      }
      return std::nullopt;
    case ErrorCode::InvalidParameter:
    case ErrorCode::DependencyViolation:
    case ErrorCode::IdempotencyMismatch:
    case ErrorCode::InsufficientCapacity:
    case ErrorCode::UnknownVmmHost:
    case ErrorCode::CommandFailed:
    case ErrorCode::InternalError:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::string describeRefusal(const Error& error, const Command& command) {
  const std::string_view message = error.what();
  std::string text = lines(fmt::format("{}: {}", toString(error.code()), message), "vbs: ", "     ");
  if (const auto& failure = error.command()) {
    text += lines(untold(failure->stderrTail, message), "  | ", "  | ");
  }
  if (const auto step = nextStep(error, command)) text += fmt::format("vbs: try: {}\n", *step);
  return text;
}

}  // namespace vbs::cli
