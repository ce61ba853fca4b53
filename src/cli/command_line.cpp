#include "cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <sstream>

#include "cli/display_text.h"
#include "cli/output_format.h"
#include "cli/settings_file.h"
#include "common/model/error.h"
#include "common/model/text.h"
#include "common/system/duration.h"
#include "common/version.h"

namespace vbs::cli {
namespace {

constexpr std::string_view kDefaultEndpoint = "http://127.0.0.1:8090/vbs";

/// Positional arguments as the paper writes them, <volume id> for the option named "volume-id", and aliases
/// left to vbs(1).
class HelpFormatter : public CLI::Formatter {
public:
  std::string make_usage(const CLI::App* app, std::string name) const override {  // NOLINT(*-naming)
    return "\n" + CLI::Formatter::make_usage(app, std::move(name));
  }

  std::string make_option_name(const CLI::Option* option,
                               bool positional) const override {  // NOLINT(*-naming)
    std::string name = CLI::Formatter::make_option_name(option, positional);
    if (!positional) return name;
    std::replace(name.begin(), name.end(), '-', ' ');
    return "<" + name + ">";
  }

  std::string make_option(const CLI::Option* option, bool positional) const override {  // NOLINT(*-naming)
    const std::string argument = make_option_name(option, true);
    if (positional) return line(argument, option->get_description());
    return line(make_option_name(option, false) + make_option_opts(option),
                option->get_positional() ? "The same as " + argument : option->get_description());
  }

  std::string make_subcommand(const CLI::App* command) const override {  // NOLINT(*-naming)
    return line(command->get_name(), command->get_description());
  }

private:
  std::string line(const std::string& name, const std::string& description) const {
    std::ostringstream out;
    CLI::detail::format_help(out, name, description, get_column_width());
    return out.str();
  }
};

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

/// The command line's texts, in the order of declaration; CLI11 fills them, command() makes sense of them.
class Parser {
public:
  Parser() {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.get_formatter()->column_width(28);
    app_.get_formatter()->label("OPTIONS", "options");
    app_.get_formatter()->label("SUBCOMMAND", "command");
    app_.get_formatter()->label("REQUIRED", "");
    app_.set_help_flag("-h,--help", "Print this help and exit");
    app_.set_version_flag("--version", "vbs " + std::string(kVersion), "Print the version and exit");
    app_.require_subcommand(0, 1);
    app_.fallthrough();
    addGlobalOptions();
    addVolumeCommands();
    addSnapshotCommands();
    addAttachmentCommands();
    addAdminCommands();
    help_ = app_.add_subcommand("help", "Explain a command");
    text(*help_, "command", helpTopic_, "The command to explain; without one, all are listed");
    app_.footer(
        "vbs help COMMAND explains a command and shows an example.\n"
        "vbs(1) describes the output formats and the exit codes.");
  }

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
  void addGlobalOptions() {
    app_.add_option("--endpoint", endpoint_,
                    fmt::format("Where the VBS Service is (environment: VBS_ENDPOINT;\ndefault: {})",
                                kDefaultEndpoint))
        ->option_text("URL")
        ->take_last();
    app_.add_option("--output", format_, "table, text or json (environment: VBS_OUTPUT; default: table)")
        ->option_text("FORMAT")
        ->take_last();
    app_.add_flag("--verbose", verbose_, "Tell on standard error how each request went");
    app_.add_option("--config", settingsFile_, "Read endpoint, output and verbose from lines of KEY = VALUE")
        ->option_text("FILE");
  }

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

  void addVolumeCommands() {
    createVolume_ = subcommand("create-volume", "Create a volume, empty or with the data of a snapshot",
                               "  vbs create-volume 10 \"data of the wiki\"\n"
                               "  vbs create-volume --snapshot snap-0a1b2c3d --wait --timeout 30m");
    text(*createVolume_, "size,--size", size_,
         "In GiB; with a snapshot at least its size, and that when left out")
        ->option_text("GIB");
    text(*createVolume_, "comment,--comment", comment_, "What it is for, at most 255 characters")
        ->option_text("TEXT");
    text(*createVolume_, "snapshot-id,--snapshot", snapshotId_, "Begin with the data of this snapshot")
        ->option_text("ID");
    addToken(*createVolume_);
    addWait(*createVolume_, "the volume is available");

    deleteVolume_ =
        subcommand("delete-volume", "Delete a volume and its data", "  vbs delete-volume vol-0a1b2c3d");
    text(*deleteVolume_, "volume-id", volumeId_, "The volume; it must not be attached")->required();

    describeVolumes_ = subcommand("describe-volumes", "List volumes, with where they are attached",
                                  "  vbs describe-volumes\n"
                                  "  vbs describe-volumes vol-0a1b2c3d vol-9e8f7a6b --output json");
    describeVolumes_->alias("describe-volume");
    text(*describeVolumes_, "volume-id", volumeIds_, "The volumes; without any, all are listed");
  }

  void addSnapshotCommands() {
    createSnapshot_ = subcommand("create-snapshot", "Keep the data that a volume has now",
                                 "  vbs create-snapshot vol-0a1b2c3d \"before the upgrade\" --wait");
    text(*createSnapshot_, "volume-id", volumeId_, "The volume")->required();
    text(*createSnapshot_, "comment,--comment", comment_, "What it is for, at most 255 characters")
        ->option_text("TEXT");
    addToken(*createSnapshot_);
    addWait(*createSnapshot_, "the snapshot is completed");

    deleteSnapshot_ =
        subcommand("delete-snapshot", "Delete a snapshot; volumes that were created from it stay",
                   "  vbs delete-snapshot snap-0a1b2c3d");
    text(*deleteSnapshot_, "snapshot-id", snapshotId_, "The snapshot")->required();

    describeSnapshots_ = subcommand("describe-snapshots", "List snapshots",
                                    "  vbs describe-snapshots\n"
                                    "  vbs describe-snapshots snap-0a1b2c3d");
    describeSnapshots_->alias("describe-snapshot");
    text(*describeSnapshots_, "snapshot-id", snapshotIds_, "The snapshots; without any, all are listed");
  }

  void addAttachmentCommands() {
    attachVolume_ = subcommand("attach-volume", "Give a VM a volume as a block device",
                               "  vbs attach-volume vol-0a1b2c3d node7.example.org web1 xvdb");
    text(*attachVolume_, "volume-id", volumeId_, "The volume; it must be available")->required();
    text(*attachVolume_, "VMM-hostname", vmmHostname_,
         "The host that the VM runs on, as the service knows it")
        ->required();
    text(*attachVolume_, "VM-id", vmId_, "What that host calls the VM: a name, a number or a UUID")
        ->required();
    text(*attachVolume_, "VM-device", vmDevice_, "The device to be in the VM, such as xvdb or /dev/xvdb")
        ->required();

    detachVolume_ =
        subcommand("detach-volume", "Take a volume away from its VM; its data stays",
                   "  vbs detach-volume vol-0a1b2c3d\n\n"
                   "Returns once the VM has let go of it, and shows the attachment as it was last:\n"
                   "detaching. The volume is available then.");
    text(*detachVolume_, "volume-id", volumeId_, "The volume; unmount it in the VM first")->required();
    flag(*detachVolume_, "--force", force_,
         "The VM host is lost for good: do not ask it. What its VM had not\n"
         "written yet is lost. Never for a host that may still be running");
  }

  void addAdminCommands() {
    admin_ = app_.add_subcommand(
        "admin", "Look after the service: what is under way, what is amiss, how full\nit is, backups");
    admin_->require_subcommand(0, 1);
    admin_->footer("vbs help admin COMMAND explains a command and shows an example.");

    describeOperations_ =
        subcommand(*admin_, "describe-operations", "List the operations that have begun and not ended",
                   "  vbs admin describe-operations\n\n"
                   "One that is rolling-back for long waits for a volume server or VM host that does not\n"
                   "answer; LAST ERROR says which. It is tried again until it succeeds.");

    describeCapacity_ = subcommand(
        *admin_, "describe-capacity", "Show how full the volume server is, and what is promised",
        "  vbs admin describe-capacity\n\n"
        "TOTAL and FREE are what the volume server told last. VOLUMES is the sizes of all volumes\n"
        "together, which the service keeps within LIMIT (its settings overcommit and\n"
        "capacity-interval).");

    reconcile_ =
        subcommand(*admin_, "reconcile", "Find and mend where the real world differs from the metadata",
                   "  vbs admin reconcile --dry-run                   look only\n"
                   "  vbs admin reconcile\n"
                   "  vbs admin reconcile --remove-orphans --dry-run  which data would be removed\n\n"
                   "Asks the volume server and each VM host what they have, mends what needs no person, and\n"
                   "shows what was found; the service does so by itself as often as its reconcile-interval\n"
                   "says. Exits with 1 when something could not be mended or a part did not answer.");
    flag(*reconcile_, "--dry-run", dryRun_, "Look and tell, change nothing");
    flag(*reconcile_, "--remove-orphans", removeOrphans_,
         "Delete the volumes and snapshots that the volume server has and the\n"
         "metadata does not know, with their data; only those whose ids this\n"
         "service has given");

    flag(*reconcile_, "--accept-restored", acceptRestored_,
         "The metadata, restored from a backup, are true again: what is stray may\n"
         "be taken away from now on");

    addAdoptCommand();

    backup_ = subcommand(*admin_, "backup", "Copy the metadata into a new file on the service's host",
                         "  vbs admin backup vbs-2009-12-09.db\n\n"
                         "The service goes on meanwhile. The file is not sent to this machine.");
    text(*backup_, "file", backupFile_,
         "A name, or an absolute path in the service's backup directory;\nit must not exist")
        ->required();
  }

  void addAdoptCommand() {
    adopt_ =
        subcommand(*admin_, "adopt", "Take an orphan volume or snapshot into the metadata",
                   "  vbs admin adopt vol-0a1b2c3d --comment \"data of the wiki\"\n"
                   "  vbs admin adopt snap-0a1b2c3d\n\n"
                   "After a restored backup: what was made since is on the volume server, but unknown.\n"
                   "vbs admin reconcile --dry-run lists it. The size, and a snapshot's volume, are what the\n"
                   "volume server tells. No VM may have the volume. Never adopt what another VBS on the\n"
                   "same volume server has made: two services would command it.");
    text(*adopt_, "ID", adoptedId_, "The volume or snapshot; volumes before their snapshots")->required();
    text(*adopt_, "--comment", comment_, "What it is for, at most 255 characters")->option_text("TEXT");
  }

  CLI::App* subcommand(const std::string& name, const std::string& sentence, const std::string& examples) {
    return subcommand(app_, name, sentence, examples);
  }

  static CLI::App* subcommand(CLI::App& parent, const std::string& name, const std::string& sentence,
                              const std::string& examples) {
    CLI::App* const app = parent.add_subcommand(name, sentence);
    app->footer("Example:\n" + examples +
                "\n\n--endpoint, --output, --verbose and --config may stand here too; see vbs --help.");
    return app;
  }

  template <class Value>
  static CLI::Option* text(CLI::App& app, const std::string& name, Value& value,
                           const std::string& description) {
    return app.add_option(name, value, description)->configurable(false);
  }

  static CLI::Option* flag(CLI::App& app, const std::string& name, bool& value,
                           const std::string& description) {
    return app.add_flag(name, value, description)->configurable(false);
  }

  void addToken(CLI::App& app) {
    text(app, "--client-token", clientToken_, "The same command with the same token is done only once")
        ->option_text("TOKEN");
  }

  void addWait(CLI::App& app, const std::string& until) {
    CLI::Option* const wait = flag(app, "--wait", wait_, "Return only when " + until + " or that failed");
    text(app, "--timeout", timeout_, "With --wait: at most this long, such as 90s, 5m or 2h")
        ->option_text("DURATION")
        ->needs(wait);
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

  CLI::App app_{"The client of the Virtual Block Store: volumes, snapshots and where they are attached.",
                "vbs"};
  CLI::App* createVolume_ = nullptr;
  CLI::App* deleteVolume_ = nullptr;
  CLI::App* describeVolumes_ = nullptr;
  CLI::App* createSnapshot_ = nullptr;
  CLI::App* deleteSnapshot_ = nullptr;
  CLI::App* describeSnapshots_ = nullptr;
  CLI::App* attachVolume_ = nullptr;
  CLI::App* detachVolume_ = nullptr;
  CLI::App* admin_ = nullptr;
  CLI::App* describeOperations_ = nullptr;
  CLI::App* describeCapacity_ = nullptr;
  CLI::App* reconcile_ = nullptr;
  CLI::App* adopt_ = nullptr;
  CLI::App* backup_ = nullptr;
  CLI::App* help_ = nullptr;

  std::string endpoint_{kDefaultEndpoint};
  std::string format_ = "table";
  bool verbose_ = false;
  std::string settingsFile_;
  std::optional<std::string> size_;
  std::string comment_;
  std::optional<std::string> snapshotId_;
  std::optional<std::string> clientToken_;
  bool wait_ = false;
  std::optional<std::string> timeout_;
  std::string volumeId_;
  std::vector<std::string> volumeIds_;
  std::vector<std::string> snapshotIds_;
  std::string vmmHostname_;
  std::string vmId_;
  std::string vmDevice_;
  bool force_ = false;
  bool dryRun_ = false;
  bool removeOrphans_ = false;
  bool acceptRestored_ = false;
  std::string adoptedId_;
  std::string backupFile_;
  std::vector<std::string> helpTopic_;
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
