#include "common/properties/settings_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "support/scratch_directory.h"

namespace vbs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const SettingNames kNames{.single = {"database", "log-level", "listen"}, .repeatable = {"host"}};

std::vector<std::string> settingsOf(std::string_view text) {
  std::vector<std::string> settings;
  const ReadSettings read = readSettings(text, kNames);
  EXPECT_THAT(read.faults, IsEmpty());
  for (const Property& setting : read.settings) settings.push_back(setting.key + "|" + setting.value);
  return settings;
}

std::string faultOf(std::string_view text) {
  const ReadSettings read = readSettings(text, kNames);
  EXPECT_EQ(read.faults.size(), 1U) << text;
  return read.faults.empty() ? "" : toString("f.conf", read.faults.front());
}

TEST(SettingsFile, KeepsAHashThatBelongsToAValue) {
  EXPECT_THAT(settingsOf("database = /srv/vbs#2.db\n"), ElementsAre("database|/srv/vbs#2.db"));
  EXPECT_THAT(settingsOf("database = \"/srv/my data #1.db\"\n"), ElementsAre("database|/srv/my data #1.db"));
}

TEST(SettingsFile, RefusesACommentBesideAValueBecauseItWasReadOtherwiseOnce) {
  EXPECT_THAT(faultOf("database = /srv/vbs.db # the metadata\n"),
              HasSubstr("f.conf:1: database: a comment has a line of its own; put the value in quotes"));
  EXPECT_THAT(faultOf("database = \"/srv/vbs.db\" # the metadata\n"),
              HasSubstr("f.conf:1: database: a value in quotes"));
}

TEST(SettingsFile, TakesTheQuotesOffAValue) {
  EXPECT_THAT(settingsOf("database = '/srv/a b'\nlog-level = \"info\"\n"),
              ElementsAre("database|/srv/a b", "log-level|info"));
  EXPECT_THAT(faultOf("database = \"/srv/a\n"), HasSubstr("a value in quotes ends with the only other \""));
}

TEST(SettingsFile, NeedsNoQuotesForABlankInASingleValue) {
  EXPECT_THAT(settingsOf("database = /srv/my data.db\n"), ElementsAre("database|/srv/my data.db"));
}

TEST(SettingsFile, SkipsAByteOrderMarkAndReadsLinesOfAllSystems) {
  EXPECT_THAT(settingsOf("\xEF\xBB\xBF"
                         "database = d\r\nlisten = [::1]:80\r\n"),
              ElementsAre("database|d", "listen|[::1]:80"));
}

TEST(SettingsFile, RepeatsWhatMayBeRepeatedAnywhere) {
  EXPECT_THAT(settingsOf("host = a\ndatabase = d\nhost = b\n"),
              ElementsAre("host|a", "database|d", "host|b"));
}

TEST(SettingsFile, RefusesAnotherSettingThatStandsThereTwice) {
  EXPECT_THAT(faultOf("database = d\nhost = a\ndatabase = e\n"),
              HasSubstr("f.conf:3: database: given a second time, first on line 1"));
}

TEST(SettingsFile, NamesTheSettingThatAMisspeltOneIsNearestTo) {
  EXPECT_EQ(faultOf("log_level = info\n"), "f.conf:1: log_level: unknown setting; did you mean log-level?");
  EXPECT_EQ(faultOf("something-else = 1\n"), "f.conf:1: something-else: unknown setting; see --help");
}

TEST(SettingsFile, TakesInNoOtherFile) {
  EXPECT_THAT(faultOf("include = other.conf\n"), HasSubstr("f.conf:1: include: unknown setting"));
}

TEST(SettingsFile, RefusesWhatAnEarlierReaderTookAndThisOneDoesNot) {
  EXPECT_THAT(faultOf("[default]\n"), HasSubstr("f.conf:1: sections are not read"));
  EXPECT_THAT(faultOf("; a comment = of old\n"), HasSubstr("f.conf:1: a comment begins with #"));
  EXPECT_THAT(faultOf("host = [a, b]\n"), HasSubstr("f.conf:1: host: several values stand on a line each"));
  EXPECT_THAT(faultOf("host = [a,b]\n"), HasSubstr("f.conf:1: host: lists in brackets are not read"));
  EXPECT_THAT(faultOf("host = a b\n"), HasSubstr("f.conf:1: host: several values stand on a line each"));
  EXPECT_THAT(faultOf("database\n"), HasSubstr("f.conf:1: expected key = value"));
}

TEST(SettingsFile, RefusesASettingWithoutAValue) {
  EXPECT_THAT(faultOf("database =\n"), HasSubstr("f.conf:1: database: has no value"));
  EXPECT_THAT(faultOf("database = \"\"\n"), HasSubstr("f.conf:1: database: has no value"));
}

TEST(SettingsFile, MayHaveNothingButComments) {
  EXPECT_THAT(settingsOf("# database = d\n"), IsEmpty());
}

TEST(SettingsFile, ReportsEveryFaultWithFileAndLineAtOnce) {
  const support::ScratchDirectory directory;
  const auto file = directory.write("f.conf", "databas = d\nhost = \u2018a\u2019\nlisten = x");
  try {
    readSettingsFile(file, kNames);
    FAIL();
  } catch (const Error& error) {
    const std::string path = file.string();
    EXPECT_THAT(error.what(), HasSubstr(path + ":1: databas: unknown setting; did you mean database?\n"));
    EXPECT_THAT(error.what(), HasSubstr(path + ":2:8: U+2018, a typographic quotation mark"));
    EXPECT_THAT(error.what(), HasSubstr(path + ":3: the last line has no end"));
  }
}

TEST(SettingsFile, MustBeThere) {
  try {
    readSettingsFile("/nonexistent/f.conf", kNames);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "/nonexistent/f.conf: cannot be read: No such file or directory");
  }
}

}  // namespace
}  // namespace vbs
