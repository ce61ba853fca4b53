#include "cli/command_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <utility>

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

CLI::App* subcommandOf(CLI::App& parent, const std::string& name, const std::string& sentence,
                       const std::string& examples) {
  CLI::App* const app = parent.add_subcommand(name, sentence);
  app->footer("Example:\n" + examples +
              "\n\n--endpoint, --output, --verbose and --config may stand here too; see vbs --help.");
  return app;
}

template <class Value>
CLI::Option* text(CLI::App& app, const std::string& name, Value& value, const std::string& description) {
  return app.add_option(name, value, description)->configurable(false);
}

CLI::Option* flag(CLI::App& app, const std::string& name, bool& value, const std::string& description) {
  return app.add_flag(name, value, description)->configurable(false);
}

}  // namespace

CommandTree::CommandTree() : endpoint_(kDefaultEndpoint) {
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

void CommandTree::addGlobalOptions() {
  app_.add_option(
          "--endpoint", endpoint_,
          fmt::format("Where the VBS Service is (environment: VBS_ENDPOINT;\ndefault: {})", kDefaultEndpoint))
      ->option_text("URL")
      ->take_last();
  app_.add_option("--output", format_, "table, text or json (environment: VBS_OUTPUT; default: table)")
      ->option_text("FORMAT")
      ->take_last();
  app_.add_flag("--verbose", verbose_, "Tell on standard error how each request went");
  app_.add_option("--config", settingsFile_, "Read endpoint, output and verbose from lines of KEY = VALUE")
      ->option_text("FILE");
}

void CommandTree::addVolumeCommands() {
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

void CommandTree::addSnapshotCommands() {
  createSnapshot_ = subcommand("create-snapshot", "Keep the data that a volume has now",
                               "  vbs create-snapshot vol-0a1b2c3d \"before the upgrade\" --wait");
  text(*createSnapshot_, "volume-id", volumeId_, "The volume")->required();
  text(*createSnapshot_, "comment,--comment", comment_, "What it is for, at most 255 characters")
      ->option_text("TEXT");
  addToken(*createSnapshot_);
  addWait(*createSnapshot_, "the snapshot is completed");

  deleteSnapshot_ = subcommand("delete-snapshot", "Delete a snapshot; volumes that were created from it stay",
                               "  vbs delete-snapshot snap-0a1b2c3d");
  text(*deleteSnapshot_, "snapshot-id", snapshotId_, "The snapshot")->required();

  describeSnapshots_ = subcommand("describe-snapshots", "List snapshots",
                                  "  vbs describe-snapshots\n"
                                  "  vbs describe-snapshots snap-0a1b2c3d");
  describeSnapshots_->alias("describe-snapshot");
  text(*describeSnapshots_, "snapshot-id", snapshotIds_, "The snapshots; without any, all are listed");
}

void CommandTree::addAttachmentCommands() {
  attachVolume_ = subcommand("attach-volume", "Give a VM a volume as a block device",
                             "  vbs attach-volume vol-0a1b2c3d node7.example.org web1 xvdb");
  text(*attachVolume_, "volume-id", volumeId_, "The volume; it must be available")->required();
  text(*attachVolume_, "VMM-hostname", vmmHostname_, "The host that the VM runs on, as the service knows it")
      ->required();
  text(*attachVolume_, "VM-id", vmId_, "What that host calls the VM: a name, a number or a UUID")->required();
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

void CommandTree::addAdminCommands() {
  admin_ = app_.add_subcommand(
      "admin", "Look after the service: what is under way, what is amiss, how full\nit is, backups");
  admin_->require_subcommand(0, 1);
  admin_->footer("vbs help admin COMMAND explains a command and shows an example.");

  describeOperations_ =
      subcommandOf(*admin_, "describe-operations", "List the operations that have begun and not ended",
                   "  vbs admin describe-operations\n\n"
                   "One that is rolling-back for long waits for a volume server or VM host that does not\n"
                   "answer; LAST ERROR says which. It is tried again until it succeeds.");

  describeCapacity_ = subcommandOf(
      *admin_, "describe-capacity", "Show how full the volume server is, and what is promised",
      "  vbs admin describe-capacity\n\n"
      "TOTAL and FREE are what the volume server told last. VOLUMES is the sizes of all volumes\n"
      "together, which the service keeps within LIMIT (its settings overcommit and\n"
      "capacity-interval).");

  reconcile_ =
      subcommandOf(*admin_, "reconcile", "Find and mend where the real world differs from the metadata",
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

  backup_ = subcommandOf(*admin_, "backup", "Copy the metadata into a new file on the service's host",
                         "  vbs admin backup vbs-2009-12-09.db\n\n"
                         "The service goes on meanwhile. The file is not sent to this machine.");
  text(*backup_, "file", backupFile_,
       "A name, or an absolute path in the service's backup directory;\nit must not exist")
      ->required();
}

void CommandTree::addAdoptCommand() {
  adopt_ =
      subcommandOf(*admin_, "adopt", "Take an orphan volume or snapshot into the metadata",
                   "  vbs admin adopt vol-0a1b2c3d --comment \"data of the wiki\"\n"
                   "  vbs admin adopt snap-0a1b2c3d\n\n"
                   "After a restored backup: what was made since is on the volume server, but unknown.\n"
                   "vbs admin reconcile --dry-run lists it. The size, and a snapshot's volume, are what the\n"
                   "volume server tells. No VM may have the volume. Never adopt what another VBS on the\n"
                   "same volume server has made: two services would command it.");
  text(*adopt_, "ID", adoptedId_, "The volume or snapshot; volumes before their snapshots")->required();
  text(*adopt_, "--comment", comment_, "What it is for, at most 255 characters")->option_text("TEXT");
}

CLI::App* CommandTree::subcommand(const std::string& name, const std::string& sentence,
                                  const std::string& examples) {
  return subcommandOf(app_, name, sentence, examples);
}

void CommandTree::addToken(CLI::App& app) {
  text(app, "--client-token", clientToken_, "The same command with the same token is done only once")
      ->option_text("TOKEN");
}

void CommandTree::addWait(CLI::App& app, const std::string& until) {
  CLI::Option* const wait = flag(app, "--wait", wait_, "Return only when " + until + " or that failed");
  text(app, "--timeout", timeout_, "With --wait: at most this long, such as 90s, 5m or 2h")
      ->option_text("DURATION")
      ->needs(wait);
}

}  // namespace vbs::cli
