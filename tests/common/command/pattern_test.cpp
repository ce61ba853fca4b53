#include "common/command/pattern.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <stdexcept>

namespace vbs::command {
namespace {

using Argv = std::vector<std::string>;

Argv expand(const std::string& text, const std::map<std::string, std::string, std::less<>>& values = {}) {
  return Pattern::parse(text).expand([&](std::string_view name) { return values.find(name)->second; });
}

TEST(Pattern, ExpandsThePapersXenCommand) {
  EXPECT_EQ(expand("xm block-attach <vmId> phy:<vmmDev> <vmDev> w",
                   {{"vmId", "vm1"}, {"vmmDev", "/dev/sdb"}, {"vmDev", "xvdb"}}),
            (Argv{"xm", "block-attach", "vm1", "phy:/dev/sdb", "xvdb", "w"}));
}

TEST(Pattern, ExpandsThePapersProxmoxCommand) {
  EXPECT_EQ(expand("qm set <vmId> -<vmDev> <vmmDev>",
                   {{"vmId", "101"}, {"vmmDev", "/dev/sdb"}, {"vmDev", "scsi1"}}),
            (Argv{"qm", "set", "101", "-scsi1", "/dev/sdb"}));
}

TEST(Pattern, TakesSeveralParametersInOneArgument) {
  EXPECT_EQ(expand("x of=/dev/<group>/<volumeId>,<group>", {{"group", "vbs"}, {"volumeId", "v"}}),
            (Argv{"x", "of=/dev/vbs/v,vbs"}));
}

TEST(Pattern, AValueNeverBecomesASecondArgument) {
  for (const std::string evil :
       {"a b", "a\tb", "a\nb", "'; rm -rf /", "\"", "$(id)", "`id`", "<other>", "\\", "", "a|b>c"}) {
    EXPECT_EQ(expand("run <value> end", {{"value", evil}}), (Argv{"run", evil, "end"}));
    EXPECT_EQ(expand("run \"<value>\" '<value>'", {{"value", evil}}), (Argv{"run", evil, evil}));
  }
}

TEST(Pattern, SplitsAtBlanksAndHonoursQuotes) {
  EXPECT_EQ(expand("  a \t 'b  c' \"d 'e'\" f'g'\"h\" '' \"\" "),
            (Argv{"a", "b  c", "d 'e'", "fgh", "", ""}));
}

TEST(Pattern, ABackslashTakesTheNextCharacterAsItIs) {
  EXPECT_EQ(expand(R"(a\ b \"c \\ \' "d\"e\\f\g" 'h\i')"),
            (Argv{"a b", "\"c", "\\", "'", "d\"e\\f\\g", "h\\i"}));
}

TEST(Pattern, ALiteralLessThanIsEscapedInsideAndOutsideQuotes) {
  EXPECT_EQ(expand(R"(\<a> "\<b>" '\<c>' x>y)"), (Argv{"<a>", "<b>", "<c>", "x>y"}));
}

TEST(Pattern, ParametersAreRecognisedInsideQuotes) {
  EXPECT_EQ(expand(R"(x '{"id":"<id>"}' "<id>")", {{"id", "7"}}), (Argv{"x", R"({"id":"7"})", "7"}));
}

TEST(Pattern, ListsEachParameterOnce) {
  EXPECT_EQ(Pattern::parse("<b> <a> <b>").parameters(), (std::vector<std::string>{"b", "a"}));
}

TEST(Pattern, RefusesWhatItCannotMean) {
  for (const char* bad : {"", "  ", "a 'b", "a \"b", "a\\", "a <", "a <b", "a < b>", "a <1b>", "a <b-c>",
                          "a <>", "a \"<b\" c", "a '<b' c"}) {
    EXPECT_THROW(Pattern::parse(bad), std::invalid_argument) << bad;
  }
}

TEST(Pattern, AValueKeepsBlanksAndQuotes) {
  const Pattern value = Pattern::parseValue(R"(/dev/a "b" <c>\<d>\x)");
  EXPECT_EQ(value.expand([](std::string_view) { return "v"; }), (Argv{R"(/dev/a "b" v<d>\x)"}));
  EXPECT_THROW(Pattern::parseValue(""), std::invalid_argument);
}

TEST(Pattern, ReadsAnyBytesOrRefusesThem) {
  std::mt19937 random(20090901);  // NOLINT(cert-msc51-cpp): the same bytes in every run
  const std::string alphabet = "ab<>\"'\\ \t=.-1\x01\xff";
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto length = random() % 24; length > 0; --length) {
      text += round % 2 == 0 ? alphabet[random() % alphabet.size()] : static_cast<char>(random());
    }
    try {
      const Pattern pattern = Pattern::parse(text);
      const Argv one = pattern.expand([](std::string_view) { return "x"; });
      const Argv two = pattern.expand([](std::string_view) { return "y z'\""; });
      EXPECT_EQ(one.size(), two.size()) << text;
      EXPECT_FALSE(one.empty()) << text;
      ++accepted;
    } catch (const std::invalid_argument&) {
    }
  }
  EXPECT_GT(accepted, 1000);
}

TEST(CommandLine, CanBePastedIntoAShell) {
  EXPECT_EQ(commandLine({"lvs", "a b", "", "it's", "$x", "<y>"}), R"(lvs 'a b' '' 'it'\''s' '$x' '<y>')");
}

TEST(CommandLine, ReadsBackAsTheSameArguments) {
  const Argv argv{"a b", "", "it's", "\"", "plain", "\\"};
  EXPECT_EQ(expand(commandLine(argv)), argv);
}

}  // namespace
}  // namespace vbs::command
