#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <sstream>

#include "cli/command_tree.h"
#include "cli/display_text.h"
#include "cli/output_format.h"
#include "cli/settings_file.h"
#include "common/model/error.h"
#include "common/model/text.h"
#include "common/system/duration.h"

namespace vbs::cli {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::InvalidParameter, message);
}

/// `mayBeLeftOut`: then a text that is no size may have been meant as the comment, which comes after it.
std::int64_t parseSize(const std::string& text, bool mayBeLeftOut) {
  std::int64_t count = 0;
  const char* const textEnd = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), textEnd, count);
  if (error != std::errc{} || end != textEnd) {
    refuse(fmt::format("\"{}\" is not a size: expected {} to {} GiB, a whole number without a unit{}",
                       printable(text), SizeGiB::kMin, SizeGiB::kMax,
                       mayBeLeftOut ? "; without a size the comment is given as --comment" : ""));
  }
  return SizeGiB(count).count();
}

std::string parseComment(const std::string& text) {
  if (!isXmlText(text)) {
    refuse(fmt::format("\"{}\" is not a comment: expected UTF-8 text without control characters",
                       printable(text)));
  }
  return text;
}

/// The service decides where it may be.
std::string parseBackupFile(const std::string& text) {
  if (text.empty() || !isXmlText(text)) {
    refuse(fmt::format("\"{}\" is not a file name: expected UTF-8 text without control characters",
                       printable(text)));
  }
  return text;
}

std::chrono::milliseconds parseTimeout(const std::string& text) {
  const auto timeout = system::parseDuration(text);
  if (!timeout) {
    refuse(
        fmt::format("--timeout: \"{}\" is not a duration: expected a whole number with its unit, up to 7 "
                    "days, such as 90s, 5m or 2h",
                    printable(text)));
  }
  return *timeout;
}

OutputFormat parseFormat(const std::string& name) {
  try {
    return parseOutputFormat(name);
  } catch (const Error& error) {
    refuse(fmt::format("--output: {}", error.what()));
  }
}

template <class Id>
std::vector<Id> parseIds(const std::vector<std::string>& texts) {
  std::vector<Id> ids;
  ids.reserve(texts.size());
  for (const std::string& text : texts) ids.emplace_back(text);
  return ids;
}

/// Makes sense of the texts that CLI11 has filled in.
class Parser : private CommandTree {
public:
  Invocation parse(std::vector<std::string> arguments) {
    try {
      std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
      app_.parse(arguments);
    } catch (const CLI::CallForHelp&) {
      return show(app_.help());
    } catch (const CLI::CallForVersion& version) {
      return show(std::string(version.what()) + "\n");
    } catch (const CLI::ExtrasError& error) {
      const std::string extra = app_.remaining(true).front();
      const bool isCommand = innermost() == innermostGroup() && !extra.starts_with('-');
      throw usageError(isCommand ? "\"" + printable(extra) + "\" is not a command" : error.what());
    } catch (const CLI::ParseError& error) {
      throw usageError(error.what());
    }
    if (app_.got_subcommand(help_)) return helpOnTopic();
    if (innermost() == innermostGroup()) throw UsageError(app_.help());
    try {
      OutputFormat format = parseFormat(format_);
      if (!settingsFile_.empty()) takeFromFile(format);
      return {endpoint_, format, verbose_, command()};
    } catch (const Error& error) {
      throw usageError(error.what());
    }
  }

private:
  /// What neither an argument nor the environment gives.
  void takeFromFile(OutputFormat& format) {
    const FileSettings settings = fileSettings();
    if (settings.endpoint && app_.count("--endpoint") == 0) endpoint_ = *settings.endpoint;
    if (settings.format && app_.count("--output") == 0) format = *settings.format;
    if (settings.verbose && app_.count("--verbose") == 0) verbose_ = *settings.verbose;
  }

  FileSettings fileSettings() const {
    try {
      return readFileSettings(settingsFile_);
    } catch (const Error& error) {
      throw settingsError(error.what());
    }
  }

  Command command() const {
    if (app_.got_subcommand(createVolume_)) return createVolume();
    if (app_.got_subcommand(deleteVolume_)) return DeleteVolume{VolumeId(volumeId_)};
    if (app_.got_subcommand(describeVolumes_)) return DescribeVolumes{parseIds<VolumeId>(volumeIds_)};
    if (app_.got_subcommand(createSnapshot_)) {
      return CreateSnapshot{{VolumeId(volumeId_), parseComment(comment_), clientToken_}, wait()};
    }
    if (app_.got_subcommand(deleteSnapshot_)) return DeleteSnapshot{SnapshotId(snapshotId_.value())};
    if (app_.got_subcommand(describeSnapshots_)) return DescribeSnapshots{parseIds<SnapshotId>(snapshotIds_)};
    if (app_.got_subcommand(attachVolume_)) {
      return AttachVolume{
          {VolumeId(volumeId_), VmmHostname(vmmHostname_), VmId(vmId_), parseVmDevice(vmDevice_)}};
    }
    if (app_.got_subcommand(admin_)) return adminCommand();
    return DetachVolume{{VolumeId(volumeId_), force_}};
  }

  AdminCommand adminCommand() const {
    if (admin_->got_subcommand(describeOperations_)) return DescribeOperations{};
    if (admin_->got_subcommand(describeCapacity_)) return DescribeCapacity{};
    if (admin_->got_subcommand(reconcile_)) return Reconcile{{dryRun_, removeOrphans_, acceptRestored_}};
    if (admin_->got_subcommand(adopt_)) return adopt();
    return BackUpMetadata{parseBackupFile(backupFile_)};
  }

  AdminCommand adopt() const {
    std::string comment = parseComment(comment_);
    if (SnapshotId::isValid(adoptedId_)) return AdoptSnapshot{SnapshotId(adoptedId_), std::move(comment)};
    if (VolumeId::isValid(adoptedId_)) return AdoptVolume{VolumeId(adoptedId_), std::move(comment)};
    refuse(fmt::format("\"{}\" is not the id of a volume or snapshot: expected vol-0a1b2c3d or snap-0a1b2c3d",
                       printable(adoptedId_)));
  }

  CreateVolume createVolume() const {
    CreateVolumeRequest request;
    if (size_) request.sizeGiB = parseSize(*size_, snapshotId_.has_value());
    request.comment = parseComment(comment_);
    if (snapshotId_) request.snapshotId = SnapshotId(*snapshotId_);
    if (!snapshotId_ && SnapshotId::isValid(comment_)) {
      refuse(fmt::format("{} stands where the comment does: for a volume of that snapshot give --snapshot {}",
                         comment_, comment_));
    }
    if (!request.sizeGiB && !request.snapshotId) {
      refuse("the size is missing: it may be left out only with --snapshot");
    }
    request.clientToken = clientToken_;
    return {std::move(request), wait()};
  }

  std::optional<WaitOptions> wait() const {
    if (!wait_) return std::nullopt;
    WaitOptions options;
    if (timeout_) options.timeout = parseTimeout(*timeout_);
    return options;
  }

  /// CLI11 shows the help of the command that was parsed, so the topic is parsed anew.
  Invocation helpOnTopic() const {
    std::vector<std::string> arguments;
    const CLI::App* parent = &app_;
    for (const std::string& name : helpTopic_) {
      const auto commands =
          parent->get_subcommands([&](const CLI::App* command) { return command->check_name(name); });
      if (commands.empty()) throw usageError("\"" + printable(name) + "\" is not a command");
      parent = commands.front();
      arguments.push_back(name);
    }
    arguments.emplace_back("--help");
    return Parser().parse(std::move(arguments));
  }

  /// The command that was given; the program itself when there was none.
  const CLI::App* innermost() const {
    const CLI::App* app = &app_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return app;
  }

  /// What holds the commands among which one was, or should have been, chosen.
  const CLI::App* innermostGroup() const { return app_.got_subcommand(admin_) ? admin_ : &app_; }

  Invocation show(std::string text) const {
    return {endpoint_, OutputFormat::Table, false, ShowText{std::move(text)}};
  }

  UsageError usageError(const std::string& message) const {
    std::string topic;
    const CLI::App* app = &app_;
    while (!app->get_subcommands().empty() && app->get_subcommands().front() != help_) {
      app = app->get_subcommands().front();
      topic += " " + app->get_name();
    }
    return UsageError{fmt::format("vbs: {}\nvbs: try: vbs help{}\n", visible(message), topic)};
  }

  /// A settings file has each of its faults on a line of its own.
  static UsageError settingsError(const std::string& faults) {
    std::string text;
    std::istringstream lines(faults);
    for (std::string line; std::getline(lines, line);) text += "vbs: " + visible(line) + "\n";
    return UsageError{text};
  }
};

}  // namespace

Invocation parseCommandLine(const std::vector<std::string>& arguments, const Environment& environment) {
  // The environment goes before the arguments, of which the last wins.
  std::vector<std::string> all;
  const auto take = [&](const char* variable, const char* option) {
    if (const auto value = environment(variable); value && !value->empty()) {
      all.insert(all.end(), {option, *value});
    }
  };
  take("VBS_ENDPOINT", "--endpoint");
  take("VBS_OUTPUT", "--output");
  all.insert(all.end(), arguments.begin(), arguments.end());
  return Parser().parse(std::move(all));
}

}  // namespace vbs::cli
