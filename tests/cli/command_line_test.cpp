#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace vbs::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Invocation parse(const std::vector<std::string>& arguments,
                 const std::map<std::string, std::string>& variables = {}) {
  return parseCommandLine(arguments, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

template <class Command>
Command parseAs(const std::vector<std::string>& arguments) {
  return std::get<Command>(parse(arguments).command);
}

std::string usageErrorOf(const std::vector<std::string>& arguments) {
  try {
    parse(arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(CommandLine, TakesThePapersFormOfCreateVolume) {
  const auto plain = parseAs<CreateVolume>({"create-volume", "10"});
  EXPECT_EQ(plain.request.sizeGiB, 10);
  EXPECT_EQ(plain.request.comment, "");
  EXPECT_EQ(plain.request.snapshotId, std::nullopt);
  EXPECT_EQ(plain.request.clientToken, std::nullopt);
  EXPECT_FALSE(plain.wait);

  const auto full = parseAs<CreateVolume>({"create-volume", "10", "data of the wiki", "snap-0a1b2c3d"});
  EXPECT_EQ(full.request.sizeGiB, 10);
  EXPECT_EQ(full.request.comment, "data of the wiki");
  EXPECT_EQ(full.request.snapshotId, SnapshotId("snap-0a1b2c3d"));
}

TEST(CommandLine, ASnapshotIdIsNotTakenForAComment) {
  EXPECT_THAT(usageErrorOf({"create-volume", "10", "snap-0a1b2c3d"}),
              HasSubstr("give --snapshot snap-0a1b2c3d"));
  EXPECT_EQ(parseAs<CreateVolume>({"create-volume", "10", "of snap-0a1b2c3d"}).request.comment,
            "of snap-0a1b2c3d");
}

TEST(CommandLine, TakesTheArgumentsOfCreateVolumeByName) {
  const auto byName = parseAs<CreateVolume>({"create-volume", "--snapshot", "snap-0a1b2c3d", "--comment", "x",
                                             "--size", "10", "--client-token", "t-1"});
  EXPECT_EQ(byName.request.sizeGiB, 10);
  EXPECT_EQ(byName.request.comment, "x");
  EXPECT_EQ(byName.request.snapshotId, SnapshotId("snap-0a1b2c3d"));
  EXPECT_EQ(byName.request.clientToken, "t-1");
}

TEST(CommandLine, LeavesTheSizeOutOnlyWithASnapshot) {
  EXPECT_EQ(parseAs<CreateVolume>({"create-volume", "--snapshot", "snap-0a1b2c3d"}).request.sizeGiB,
            std::nullopt);
  EXPECT_THAT(usageErrorOf({"create-volume"}), HasSubstr("only with --snapshot"));
}

TEST(CommandLine, TakesAnEmptyCommentAndACommentThatIsACommandOrBeginsWithADash) {
  EXPECT_EQ(parseAs<CreateVolume>({"create-volume", "10", ""}).request.comment, "");
  EXPECT_EQ(parseAs<CreateVolume>({"create-volume", "10", "help"}).request.comment, "help");
  EXPECT_EQ(parseAs<CreateVolume>({"create-volume", "10", "--comment", "-x-"}).request.comment, "-x-");
  EXPECT_EQ(parseAs<CreateVolume>({"create-volume", "10", "--", "-x-"}).request.comment, "-x-");
}

TEST(CommandLine, TakesThePapersFormsOfTheOtherCommands) {
  EXPECT_EQ(parseAs<DeleteVolume>({"delete-volume", "vol-0a1b2c3d"}).volumeId, VolumeId("vol-0a1b2c3d"));
  EXPECT_THAT(parseAs<DescribeVolumes>({"describe-volumes"}).volumeIds, ElementsAre());
  EXPECT_THAT(parseAs<DescribeVolumes>({"describe-volumes", "vol-0a1b2c3d", "vol-00000001"}).volumeIds,
              ElementsAre(VolumeId("vol-0a1b2c3d"), VolumeId("vol-00000001")));

  const auto snapshot = parseAs<CreateSnapshot>({"create-snapshot", "vol-0a1b2c3d", "before"});
  EXPECT_EQ(snapshot.request.volumeId, VolumeId("vol-0a1b2c3d"));
  EXPECT_EQ(snapshot.request.comment, "before");
  EXPECT_EQ(parseAs<DeleteSnapshot>({"delete-snapshot", "snap-0a1b2c3d"}).snapshotId,
            SnapshotId("snap-0a1b2c3d"));
  for (const char* name : {"describe-snapshot", "describe-snapshots"}) {
    EXPECT_THAT(parseAs<DescribeSnapshots>({name, "snap-0a1b2c3d", "snap-00000001"}).snapshotIds,
                ElementsAre(SnapshotId("snap-0a1b2c3d"), SnapshotId("snap-00000001")));
  }

  const auto attach = parseAs<AttachVolume>({"attach-volume", "vol-0a1b2c3d", "node7", "web1", "/dev/xvdb"});
  EXPECT_EQ(attach.request.volumeId, VolumeId("vol-0a1b2c3d"));
  EXPECT_EQ(attach.request.vmmHostname, VmmHostname("node7"));
  EXPECT_EQ(attach.request.vmId, VmId("web1"));
  EXPECT_EQ(attach.request.vmDevice, VmDevice("xvdb"));

  const auto detach = parseAs<DetachVolume>({"detach-volume", "vol-0a1b2c3d"});
  EXPECT_EQ(detach.request.volumeId, VolumeId("vol-0a1b2c3d"));
  EXPECT_FALSE(detach.request.force);
  EXPECT_TRUE(parseAs<DetachVolume>({"detach-volume", "vol-0a1b2c3d", "--force"}).request.force);
}

TEST(CommandLine, TakesWhatIsAskedOfTheAdministration) {
  const auto admin = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "admin");
    return parseAs<AdminCommand>(arguments);
  };
  EXPECT_TRUE(std::holds_alternative<DescribeOperations>(admin({"describe-operations"})));

  const auto plain = std::get<Reconcile>(admin({"reconcile"})).request;
  EXPECT_FALSE(plain.dryRun);
  EXPECT_FALSE(plain.removeOrphans);
  const auto dry = std::get<Reconcile>(admin({"reconcile", "--dry-run"})).request;
  EXPECT_TRUE(dry.dryRun);
  EXPECT_FALSE(dry.removeOrphans);
  const auto thorough = std::get<Reconcile>(admin({"reconcile", "--remove-orphans"})).request;
  EXPECT_FALSE(thorough.dryRun);
  EXPECT_TRUE(thorough.removeOrphans);

  EXPECT_EQ(std::get<BackUpMetadata>(admin({"backup", "a.db"})).file, "a.db");
  EXPECT_EQ(std::get<BackUpMetadata>(admin({"backup", "--", "-x"})).file, "-x");
  EXPECT_EQ(parse({"admin", "--output", "json", "describe-operations"}).format, OutputFormat::Json);
  EXPECT_EQ(parse({"admin", "describe-operations", "--output", "json"}).format, OutputFormat::Json);
}

TEST(CommandLine, RefusesWhatIsNoCommandOfTheAdministration) {
  EXPECT_EQ(usageErrorOf({"admin"}), parseAs<ShowText>({"admin", "--help"}).text);
  EXPECT_EQ(usageErrorOf({"admin", "mend"}), "vbs: \"mend\" is not a command\nvbs: try: vbs help admin\n");
  EXPECT_EQ(usageErrorOf({"admin", "describe-volumes"}),
            "vbs: \"describe-volumes\" is not a command\nvbs: try: vbs help admin\n");
  EXPECT_THAT(usageErrorOf({"reconcile"}), StartsWith("vbs: \"reconcile\" is not a command\n"));
  EXPECT_THAT(usageErrorOf({"help", "admin", "mend"}), StartsWith("vbs: \"mend\" is not a command\n"));
  EXPECT_THAT(usageErrorOf({"help", "create-volume", "mend"}),
              StartsWith("vbs: \"mend\" is not a command\n"));
  EXPECT_THAT(usageErrorOf({"admin", "reconcile", "now"}), HasSubstr("try: vbs help admin reconcile\n"));
  EXPECT_THAT(usageErrorOf({"admin", "backup"}), HasSubstr("file is required"));
  EXPECT_THAT(usageErrorOf({"admin", "adopt", "wiki"}),
              HasSubstr("\"wiki\" is not the id of a volume or snapshot"));
  EXPECT_THAT(usageErrorOf({"admin", "backup", ""}), HasSubstr("is not a file name"));
  EXPECT_THAT(usageErrorOf({"admin", "backup", "a\x07"}), HasSubstr("\"a?\" is not a file name"));
  EXPECT_THAT(usageErrorOf({"admin", "backup", "a", "b"}), HasSubstr("try: vbs help admin backup\n"));
}

TEST(CommandLine, WaitsAsLongAsItIsTold) {
  const auto unlimited = parseAs<CreateSnapshot>({"create-snapshot", "vol-0a1b2c3d", "--wait"});
  ASSERT_TRUE(unlimited.wait);
  EXPECT_EQ(unlimited.wait->timeout, std::nullopt);
  const auto limited = parseAs<CreateVolume>({"create-volume", "1", "--wait", "--timeout", "5m"});
  ASSERT_TRUE(limited.wait);
  EXPECT_EQ(limited.wait->timeout, std::chrono::minutes(5));
  EXPECT_THAT(usageErrorOf({"create-volume", "1", "--timeout", "5m"}),
              HasSubstr("--timeout requires --wait"));
  EXPECT_THAT(usageErrorOf({"create-volume", "1", "--wait", "--timeout", "soon"}),
              HasSubstr("\"soon\" is not a duration"));
}

TEST(CommandLine, TakesGlobalOptionsBeforeAndAfterTheCommand) {
  const std::vector<std::vector<std::string>> forms{
      {"--endpoint", "http://h:1/vbs", "--output", "json", "--verbose", "describe-volumes"},
      {"describe-volumes", "--endpoint=http://h:1/vbs", "--output=json", "--verbose"},
  };
  for (const auto& form : forms) {
    const Invocation invocation = parse(form);
    EXPECT_EQ(invocation.endpoint, "http://h:1/vbs");
    EXPECT_EQ(invocation.format, OutputFormat::Json);
    EXPECT_TRUE(invocation.verbose);
  }
}

TEST(CommandLine, HasDefaults) {
  const Invocation invocation = parse({"describe-volumes"});
  EXPECT_EQ(invocation.endpoint, "http://127.0.0.1:8090/vbs");
  EXPECT_EQ(invocation.format, OutputFormat::Table);
  EXPECT_FALSE(invocation.verbose);
}

class ConfigFile : public testing::Test {
public:
  ~ConfigFile() override { std::filesystem::remove(path); }
  void write(const std::string& text) const { std::ofstream(path) << text; }

  const std::string path = testing::TempDir() + "vbs-client-" + std::to_string(::getpid()) + ".conf";
};

TEST_F(ConfigFile, GivesWayToTheEnvironmentWhichGivesWayToTheArguments) {
  write("# a comment\nendpoint = http://file:1/vbs\noutput = text\nverbose = true\n");
  const std::map<std::string, std::string> variables{{"VBS_ENDPOINT", "http://environment:1/vbs"}};

  const Invocation fromFile = parse({"--config", path, "describe-volumes"});
  EXPECT_EQ(fromFile.endpoint, "http://file:1/vbs");
  EXPECT_EQ(fromFile.format, OutputFormat::Text);
  EXPECT_TRUE(fromFile.verbose);

  const Invocation fromEnvironment = parse({"describe-volumes", "--config", path}, variables);
  EXPECT_EQ(fromEnvironment.endpoint, "http://environment:1/vbs");
  EXPECT_EQ(fromEnvironment.format, OutputFormat::Text);

  const Invocation fromArguments =
      parse({"--config", path, "--endpoint", "http://argument:1/vbs", "describe-volumes"}, variables);
  EXPECT_EQ(fromArguments.endpoint, "http://argument:1/vbs");
}

TEST_F(ConfigFile, MayNotSayWhatItDoesNotKnowNorWhatBelongsToACommand) {
  write("endpiont = http://file:1/vbs\n");
  EXPECT_EQ(usageErrorOf({"--config", path, "describe-volumes"}),
            "vbs: " + path + ":1: endpiont: unknown setting; did you mean endpoint?\n");
  write("[create-volume]\nwait = true\n");
  EXPECT_THAT(usageErrorOf({"--config", path, "create-volume", "1"}), HasSubstr(":2: wait: unknown setting"));
  write("[detach-volume]\nforce = true\n");
  EXPECT_THAT(usageErrorOf({"--config", path, "detach-volume", "vol-0a1b2c3d"}),
              HasSubstr(":2: force: unknown setting"));
  write("[admin.reconcile]\nremove-orphans = true\n");
  EXPECT_THAT(usageErrorOf({"--config", path, "admin", "reconcile"}), HasSubstr("remove-orphans"));
}

TEST_F(ConfigFile, IsReadAsTheDaemonsReadTheirs) {
  write("\xEF\xBB\xBF# of the site\r\nendpoint = \"http://file:1/vbs#a\"\r\nverbose = no\r\n");
  const Invocation invocation = parse({"--config", path, "describe-volumes"});
  EXPECT_EQ(invocation.endpoint, "http://file:1/vbs#a");
  EXPECT_FALSE(invocation.verbose);
}

TEST_F(ConfigFile, ShowsEachFaultOnALineOfItsOwn) {
  write("endpoint = a\nendpoint = b\noutput = text # for now\n");
  EXPECT_EQ(
      usageErrorOf({"--config", path, "describe-volumes"}),
      "vbs: " + path + ":2: endpoint: given a second time, first on line 1\n" + "vbs: " + path +
          ":3: output: a comment has a line of its own; put the value in quotes (\"...\") if the # belongs "
          "to it\n");
  write("output = xml\n");
  EXPECT_EQ(usageErrorOf({"--config", path, "describe-volumes"}),
            "vbs: " + path + ":1: output: \"xml\" is not an output format: expected table, text or json\n");
  write("verbose = maybe\n");
  EXPECT_EQ(usageErrorOf({"--config", path, "describe-volumes"}),
            "vbs: " + path + ":1: verbose: \"maybe\": expected true or false\n");
}

TEST_F(ConfigFile, MustBeThereWhenItIsNamed) {
  EXPECT_THAT(usageErrorOf({"--config", path, "describe-volumes"}), HasSubstr(path));
}

TEST(CommandLine, TakesTheOutputFormatFromTheEnvironment) {
  EXPECT_EQ(parse({"describe-volumes"}, {{"VBS_OUTPUT", "json"}}).format, OutputFormat::Json);
  EXPECT_EQ(parse({"describe-volumes"}, {{"VBS_OUTPUT", ""}}).format, OutputFormat::Table);
}

TEST(CommandLine, NamesTheArgumentAndTheRuleThatItBreaks) {
  EXPECT_EQ(usageErrorOf({"delete-volume", "vol-1"}),
            "vbs: \"vol-1\" is not a volume id: expected \"vol-\" and 8 hexadecimal digits in lower case\n"
            "vbs: try: vbs help delete-volume\n");
  EXPECT_THAT(usageErrorOf({"describe-snapshots", "snap-1"}),
              StartsWith("vbs: \"snap-1\" is not a snapshot id"));
  EXPECT_THAT(usageErrorOf({"attach-volume", "vol-0a1b2c3d", "-", "web1", "xvdb"}),
              HasSubstr("VMM hostname"));
  EXPECT_THAT(usageErrorOf({"attach-volume", "vol-0a1b2c3d", "node7", "a b", "xvdb"}), HasSubstr("VM id"));
  EXPECT_THAT(usageErrorOf({"attach-volume", "vol-0a1b2c3d", "node7", "web1", "/dev/"}),
              HasSubstr("VM device"));
  EXPECT_THAT(usageErrorOf({"attach-volume", "vol-0a1b2c3d", "node7", "web1"}),
              HasSubstr("VM-device is required"));
  EXPECT_THAT(usageErrorOf({"describe-volumes", "--output", "xml"}),
              HasSubstr("expected table, text or json"));
  EXPECT_THAT(usageErrorOf({"delete-volume", "vol-0a1b2c3d", "now"}), HasSubstr("now"));
  EXPECT_THAT(usageErrorOf({"delete-volume", "vol-0a1b2c3d", "--wait"}), HasSubstr("--wait"));
  EXPECT_THAT(usageErrorOf({"create-volume", "1", "a", "--comment", "b"}), HasSubstr("--comment"));
  EXPECT_THAT(usageErrorOf({"create-volume", "1", std::string("a\x1b[2J")}), HasSubstr("is not a comment"));
}

TEST(CommandLine, TakesOnlyWholeSizesInRange) {
  for (const char* size :
       {"0", "-1", "1048577", "99999999999999999999", "ten", "10GiB", "1.5", "0x10", " 10"}) {
    EXPECT_THAT(usageErrorOf({"create-volume", size}), HasSubstr("is not a size: expected 1 to 1048576 GiB"))
        << size;
  }
  EXPECT_EQ(parseAs<CreateVolume>({"create-volume", "010"}).request.sizeGiB, 10);
}

TEST(CommandLine, TellsHowACommentIsGivenWithoutASize) {
  EXPECT_THAT(usageErrorOf({"create-volume", "--snapshot", "snap-0a1b2c3d", "for the wiki"}),
              HasSubstr("\"for the wiki\" is not a size"));
  EXPECT_THAT(usageErrorOf({"create-volume", "--snapshot", "snap-0a1b2c3d", "for the wiki"}),
              HasSubstr("given as --comment"));
  EXPECT_THAT(usageErrorOf({"create-volume", "ten"}), testing::Not(HasSubstr("--comment")));
}

TEST(CommandLine, NeverRepeatsControlCharactersInAnError) {
  EXPECT_EQ(usageErrorOf({"\x1b[31m"}).find('\x1b'), std::string::npos);
  EXPECT_EQ(usageErrorOf({"describe-volumes", "--\x1b[31m"}).find('\x1b'), std::string::npos);
}

TEST(CommandLine, ShowsItsHelpWhenTheCommandIsMissing) {
  const std::string error = usageErrorOf({});
  EXPECT_THAT(error, HasSubstr("Usage: vbs [options] [command]"));
  EXPECT_EQ(error, parseAs<ShowText>({"--help"}).text);
  EXPECT_EQ(error, parseAs<ShowText>({"help"}).text);
}

TEST(CommandLine, RefusesACommandThatThereIsNot) {
  EXPECT_THAT(usageErrorOf({"destroy-volume"}), StartsWith("vbs: \"destroy-volume\" is not a command\n"));
  EXPECT_THAT(usageErrorOf({"help", "destroy-volume"}),
              StartsWith("vbs: \"destroy-volume\" is not a command\n"));
}

TEST(CommandLine, ExplainsEachCommandWithAnExample) {
  for (const char* command : {"create-volume", "delete-volume", "describe-volumes", "create-snapshot",
                              "delete-snapshot", "describe-snapshots", "attach-volume", "detach-volume"}) {
    const std::string help = parseAs<ShowText>({"help", command}).text;
    EXPECT_THAT(help, HasSubstr(std::string("Example:\n  vbs ") + command)) << command;
    EXPECT_EQ(help, parseAs<ShowText>({command, "--help"}).text);
  }
  for (const char* command : {"describe-operations", "describe-capacity", "reconcile", "adopt", "backup"}) {
    const std::string help = parseAs<ShowText>({"help", "admin", command}).text;
    EXPECT_THAT(help, HasSubstr(std::string("Example:\n  vbs admin ") + command)) << command;
    EXPECT_EQ(help, parseAs<ShowText>({"admin", command, "--help"}).text);
    EXPECT_THAT(parseAs<ShowText>({"help", "admin"}).text, HasSubstr(std::string("\n  ") + command + " "));
  }
  EXPECT_THAT(parseAs<ShowText>({"help", "admin", "backup"}).text,
              HasSubstr("vbs admin backup [options] <file>\n"));
  EXPECT_THAT(parseAs<ShowText>({"help", "attach-volume"}).text,
              HasSubstr("vbs attach-volume [options] <volume id> <VMM hostname> <VM id> <VM device>\n"));
  EXPECT_THAT(parseAs<ShowText>({"help", "create-volume"}).text,
              HasSubstr("vbs create-volume [options] [<size>] [<comment>] [<snapshot id>]\n"));
}

TEST(CommandLine, KeepsItsHelpWithin100Columns) {
  const std::vector<std::vector<std::string>> topics{{},
                                                     {"create-volume"},
                                                     {"attach-volume"},
                                                     {"detach-volume"},
                                                     {"help"},
                                                     {"admin"},
                                                     {"admin", "describe-operations"},
                                                     {"admin", "describe-capacity"},
                                                     {"admin", "reconcile"},
                                                     {"admin", "adopt"},
                                                     {"admin", "backup"}};
  for (std::vector<std::string> arguments : topics) {
    arguments.emplace_back("--help");
    std::istringstream lines(parseAs<ShowText>(arguments).text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  }
}

TEST(CommandLine, TellsItsVersion) {
  EXPECT_THAT(parseAs<ShowText>({"--version"}).text, testing::MatchesRegex("vbs [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(parseAs<ShowText>({"describe-volumes", "--version"}).text, parseAs<ShowText>({"--version"}).text);
}

}  // namespace
}  // namespace vbs::cli
