#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace vbs::cli {

/// The commands of `vbs` with their arguments and their help, as CLI11 knows them, and the texts that it
/// fills in. What the texts mean is parseCommandLine's business.
class CommandTree {
public:
  CommandTree(const CommandTree&) = delete;
  CommandTree& operator=(const CommandTree&) = delete;

protected:
  CommandTree();
  ~CommandTree() = default;

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

  std::string endpoint_;
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

private:
  void addGlobalOptions();
  void addVolumeCommands();
  void addSnapshotCommands();
  void addAttachmentCommands();
  void addAdminCommands();
  void addAdoptCommand();
  void addToken(CLI::App& app);
  void addWait(CLI::App& app, const std::string& until);
  CLI::App* subcommand(const std::string& name, const std::string& sentence, const std::string& examples);
};

}  // namespace vbs::cli
