#include "common/daemon/settings_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX

#include <filesystem>
#include <fstream>

#include "common/model/error.h"

namespace vbs::daemon {
namespace {

struct Settings {
  CommonSettings common;
  std::string database;
  std::vector<std::string> hosts;
  std::size_t slots = 16;
  std::chrono::seconds patience{5};
  std::chrono::milliseconds pause{250};
  bool force = false;
  std::string checkConfig;
};

Settings parse(std::vector<const char*> arguments, OnUsageError onUsageError = OnUsageError::EndProcess) {
  Settings settings;
  SettingsParser parser("vbs-test", "A daemon for tests.", "127.0.0.1:8090");
  parser.text("database", settings.database, "The database", true);
  parser.texts("host", settings.hosts, "The hosts", false, [](const std::string& host) {
    if (host == "bad") throw Error(ErrorCode::InvalidParameter, "bad is no host");
  });
  parser.count("slots", settings.slots, 1, 64, "The slots");
  parser.seconds("patience", settings.patience, 1, 60, "The patience");
  parser.seconds("pause", settings.pause, std::chrono::milliseconds(100), std::chrono::minutes(1),
                 "The pause");
  parser.once("force", settings.force, "For this start only");
  parser.mode("check-config", settings.checkConfig, "FILE", "Check a file");
  arguments.insert(arguments.begin(), "vbs-test");
  settings.common = parser.parse(static_cast<int>(arguments.size()), arguments.data(), onUsageError);
  return settings;
}

class SettingsParserTest : public testing::Test {
protected:
  void SetUp() override { unsetenv("VBS_TEST_DATABASE"); }
  void TearDown() override {
    unsetenv("VBS_TEST_DATABASE");
    std::filesystem::remove(file_);
  }

  const char* fileWith(const std::string& text) {
    file_ = testing::TempDir() + "settings-" + std::to_string(getpid()) + ".conf";
    std::ofstream(file_) << text;
    return file_.c_str();
  }

private:
  std::string file_;
};

TEST_F(SettingsParserTest, HasDefaults) {
  const Settings settings = parse({"--database", "d"});
  EXPECT_EQ(settings.common.listen, (ListenAddress{"127.0.0.1", 8090}));
  EXPECT_EQ(settings.common.logLevel, "info");
  EXPECT_EQ(settings.common.shutdownGrace, std::chrono::seconds(30));
  EXPECT_EQ(settings.slots, 16U);
  EXPECT_EQ(settings.patience, std::chrono::seconds(5));
  EXPECT_EQ(settings.pause, std::chrono::milliseconds(250));
}

TEST_F(SettingsParserTest, ReadsFractionsOfSeconds) {
  using std::chrono::milliseconds;
  EXPECT_EQ(parse({"--database", "d", "--pause", "1.5"}).pause, milliseconds(1500));
  EXPECT_EQ(parse({"--database", "d", "--pause", "0.1"}).pause, milliseconds(100));
  EXPECT_EQ(parse({"--database", "d", "--pause", "60"}).pause, milliseconds(60'000));
  EXPECT_EQ(parse({"--database", "d", "--config", fileWith("pause = 0.125\n")}).pause, milliseconds(125));
}

TEST_F(SettingsParserTest, RefusesFractionsThatAreNoTimeOrOutOfRange) {
  for (const char* bad :
       {"0.099", "60.001", "nan", "inf", "1e1", "0x10", "-1", "1.", ".5", "0.1234", "", "1 s"}) {
    EXPECT_EXIT(parse({"--database", "d", "--pause", bad}), testing::ExitedWithCode(2), "--pause") << bad;
  }
}

TEST_F(SettingsParserTest, TakesFlags) {
  const Settings settings = parse({"--database", "d", "--host", "a", "--host", "b,c", "--slots", "3",
                                   "--patience", "9", "--listen", "[::1]:0", "--shutdown-grace", "1"});
  EXPECT_EQ(settings.hosts, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(settings.slots, 3U);
  EXPECT_EQ(settings.patience, std::chrono::seconds(9));
  EXPECT_EQ(settings.common.listen, (ListenAddress{"::1", 0}));
  EXPECT_EQ(settings.common.shutdownGrace, std::chrono::seconds(1));
}

TEST_F(SettingsParserTest, TrustsNoOtherProxyThanThoseThatAreGiven) {
  EXPECT_EQ(parse({"--database", "d"}).common.trustedProxies, (std::vector<std::string>{"127.0.0.1", "::1"}));
  EXPECT_EQ(parse({"--database", "d", "--trusted-proxy", "192.0.2.7"}).common.trustedProxies,
            (std::vector<std::string>{"192.0.2.7"}));
  EXPECT_EQ(parse({"--database", "d", "--trusted-proxy", "none"}).common.trustedProxies,
            (std::vector<std::string>{"none"}));
}

TEST_F(SettingsParserTest, TakesFlagsThenTheEnvironmentThenTheFile) {
  setenv("VBS_TEST_DATABASE", "from-environment", 1);
  EXPECT_EQ(parse({}).database, "from-environment");
  EXPECT_EQ(parse({"--database", "from-flag"}).database, "from-flag");
  const char* file =
      fileWith("# a comment\ndatabase = from-file\nslots = 7\nhost = a=http://h:1/x\nhost = b\n");
  const Settings settings = parse({"--config", file});
  EXPECT_EQ(settings.database, "from-environment");
  EXPECT_EQ(settings.slots, 7U);
  EXPECT_EQ(settings.hosts, (std::vector<std::string>{"a=http://h:1/x", "b"}));
  EXPECT_EQ(parse({"--config", file, "--database", "from-flag"}).database, "from-flag");
  EXPECT_EQ(parse({"--config", file, "--database=from-flag"}).database, "from-flag");
  unsetenv("VBS_TEST_DATABASE");
  EXPECT_EQ(parse({"--config", file}).database, "from-file");
}

TEST_F(SettingsParserTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EXIT(parse({"--database", "d", "--no-such"}), testing::ExitedWithCode(2), "no-such");
  EXPECT_EXIT(parse({"--config", fileWith("database = d\nslotz = 1\n")}), testing::ExitedWithCode(2),
              "slotz");
  EXPECT_EXIT(parse({"--config", "/nonexistent.conf"}), testing::ExitedWithCode(2), "nonexistent");
}

TEST_F(SettingsParserTest, NamesFileAndLineOfWhatIsWrongInAFile) {
  EXPECT_EXIT(parse({"--config", fileWith("database = d\nslotz = 1\n")}), testing::ExitedWithCode(2),
              "\\.conf:2: slotz: unknown setting; did you mean slots\\?");
  EXPECT_EXIT(parse({"--config", fileWith("database = d\n\nslots = 65\nlisten = 8090\n")}),
              testing::ExitedWithCode(2),
              "\\.conf:3: slots: .*65.*\n.*\\.conf:4: listen: \"8090\" is no address to listen on");
  EXPECT_EXIT(parse({"--config", fileWith("database = d\nhost = bad\n")}), testing::ExitedWithCode(2),
              "\\.conf:2: host: bad is no host");
}

TEST_F(SettingsParserTest, RefusesABadValueOfAFileThatAFlagOverrides) {
  EXPECT_EXIT(parse({"--database", "d", "--slots", "3", "--config", fileWith("slots = many\n")}),
              testing::ExitedWithCode(2), "\\.conf:1: slots");
}

TEST_F(SettingsParserTest, ReadsARepeatedSettingFromTheWholeFile) {
  EXPECT_EQ(parse({"--config", fileWith("host = a\ndatabase = d\nhost = b,c\n")}).hosts,
            (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(SettingsParserTest, RefusesASettingThatAFileGivesTwice) {
  EXPECT_EXIT(parse({"--config", fileWith("database = d\nslots = 1\ndatabase = e\n")}),
              testing::ExitedWithCode(2), "\\.conf:3: database: given a second time, first on line 1");
}

TEST_F(SettingsParserTest, KeepsTheHashOfAValue) {
  EXPECT_EQ(parse({"--config", fileWith("database = \"/srv/my data #1.db\"\n")}).database,
            "/srv/my data #1.db");
}

TEST_F(SettingsParserTest, TakesAnEmptyVariableAsNotSet) {
  setenv("VBS_TEST_DATABASE", "", 1);
  EXPECT_EQ(parse({"--config", fileWith("database = from-file\n")}).database, "from-file");
}

TEST_F(SettingsParserTest, RefusesBadValuesAndNamesThem) {
  EXPECT_EXIT(parse({"--database", "d", "--slots", "0"}), testing::ExitedWithCode(2), "slots");
  EXPECT_EXIT(parse({"--database", "d", "--slots", "many"}), testing::ExitedWithCode(2), "slots");
  EXPECT_EXIT(parse({"--database", "d", "--log-level", "loud"}), testing::ExitedWithCode(2), "log-level");
  EXPECT_EXIT(parse({"--database", "d", "--listen", "8090"}), testing::ExitedWithCode(2),
              "no address to listen on");
}

TEST_F(SettingsParserTest, NamesEveryWayToGiveWhatIsRequired) {
  EXPECT_EXIT(parse({}), testing::ExitedWithCode(2), "--database.*VBS_TEST_DATABASE.*--config");
}

TEST_F(SettingsParserTest, RequiresNothingMoreInAMode) {
  EXPECT_EQ(parse({"--check-config", "commands.properties"}).checkConfig, "commands.properties");
}

TEST_F(SettingsParserTest, ThrowsWhatIsWrongWhenItReadsAgain) {
  try {
    parse({"--config", fileWith("database = d\nslots = 0\n")}, OnUsageError::Throw);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(".conf:2: slots: "));
  }
  EXPECT_THROW(parse({"--no-such"}, OnUsageError::Throw), Error);
  EXPECT_THROW(parse({}, OnUsageError::Throw), Error);
}

TEST_F(SettingsParserTest, KeepsEverySettingAsTextForComparison) {
  const auto texts =
      parse({"--database", "d", "--pause", "0.5", "--config", fileWith("host = a\nhost = b\n")}).common.texts;
  EXPECT_EQ(texts.at("database"), "d");
  EXPECT_EQ(texts.at("host"), "a,b");
  EXPECT_EQ(texts.at("pause"), "0.5");
  EXPECT_EQ(texts.at("slots"), "16");
  EXPECT_FALSE(texts.contains("check-config"));
}

TEST_F(SettingsParserTest, KnowsWhatHoldsForOneStartOnTheCommandLineOnly) {
  EXPECT_TRUE(parse({"--database", "d", "--force"}).force);
  EXPECT_FALSE(parse({"--database", "d"}).force);
  EXPECT_EXIT(parse({"--config", fileWith("database = d\nforce = true\n")}), testing::ExitedWithCode(2),
              "force: unknown setting");
}

TEST_F(SettingsParserTest, AnswersHelpAndVersion) {
  EXPECT_EXIT(parse({"--help"}), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(parse({"--version"}), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace vbs::daemon
