#include "common/daemon/settings_change.h"

#include <gtest/gtest.h>

namespace vbs::daemon {
namespace {

CommonSettings with(std::map<std::string, std::string> texts) {
  CommonSettings settings;
  settings.texts = std::move(texts);
  return settings;
}

TEST(SettingsChange, TellsWhatCanChangeAtOnceFromWhatNeedsARestart) {
  const SettingsChange change = settingsChange(
      with({{"host", "a"}, {"listen", "l"}, {"log-level", "info"}, {"slots", "1"}}),
      with({{"host", "a,b"}, {"listen", "l"}, {"log-level", "debug"}, {"slots", "2"}}), {"host"});
  EXPECT_EQ(change, (SettingsChange{.now = {"host", "log-level"}, .atRestart = {"slots"}}));
}

TEST(SettingsChange, IsToldInOneSentence) {
  EXPECT_EQ(toString(SettingsChange{.now = {}, .atRestart = {}}), "no setting has changed");
  EXPECT_EQ(toString(SettingsChange{.now = {"a"}, .atRestart = {}}), "a has changed");
  EXPECT_EQ(toString(SettingsChange{.now = {}, .atRestart = {"b"}}), "b needs a restart");
  EXPECT_EQ(toString(SettingsChange{.now = {"a", "b", "c"}, .atRestart = {"d", "e"}}),
            "a, b and c have changed; d and e need a restart");
}

}  // namespace
}  // namespace vbs::daemon
