#include "common/command/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/command/expansion.h"
#include "common/command/parameter_type.h"
#include "common/model/error.h"

namespace vbs::command {
namespace {

TEST(Parameters, APortalIsKnownByItsPartsToo) {
  Parameters parameters;
  parameters.set("portal", "[2001:db8::1]:3260");
  EXPECT_EQ(*parameters.find("portalAddress"), "2001:db8::1");
  EXPECT_EQ(*parameters.find("portalPort"), "3260");
  parameters.set("portal", "192.0.2.10:860");
  EXPECT_EQ(*parameters.find("portalAddress"), "192.0.2.10");
  EXPECT_EQ(*parameters.find("portalPort"), "860");
}

TEST(Parameters, KeepValuesThatFitTheirTypes) {
  Parameters parameters;
  parameters.set("volumeId", "vol-0a1b2c3d").set("sizeGiB", "5").set("anything", "x y");
  EXPECT_EQ(*parameters.find("volumeId"), "vol-0a1b2c3d");
  EXPECT_EQ(*parameters.find("anything"), "x y");
  EXPECT_EQ(parameters.find("lun"), nullptr);
}

TEST(Parameters, RefuseValuesThatBreakTheirTypes) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> bad{
      {"volumeId", {"", "snap-0a1b2c3d", "vol-1", "../x"}},
      {"snapshotId", {"vol-0a1b2c3d"}},
      {"sizeGiB", {"0", "-1", "05", "1.5", "1048577", " 5", "5G"}},
      {"targetId", {"0", "65536", "x"}},
      {"lun", {"-1", "256", "00"}},
      {"targetName", {"iqn.x", "IQN.2009-09.org.vbs:x"}},
      {"portal", {"192.0.2.1", "-h:1"}},
      {"vmId", {"a b", "-1", "a;b"}},
      {"vmDev", {"/dev/xvdb", "-b"}},
      {"vmmDev", {"", "-x", "/dev/a b", "/dev/a\n"}},
      {"vmmHostname", {"a/b"}},
      {"rbdDevice", {"", "-x", "a\nb", "a\x01", "\xff", std::string(1025, 'a')}},
  };
  for (const auto& [name, values] : bad) {
    for (const std::string& value : values) {
      EXPECT_THROW(Parameters().set(name, value), Error) << name << " = " << value;
    }
  }
}

TEST(Parameters, TheRefusalNamesTheParameterAndTheRule) {
  try {
    Parameters().set("lun", "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
    EXPECT_STREQ(error.what(), "<lun>: \"x\" is refused: expected a number from 0 to 255");
  }
}

TEST(Parameters, TheRefusalDoesNotShowASecret) {
  try {
    Parameters().set("chapPassword", "-hunter2");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("hunter2")));
  }
}

TEST(Parameters, AddKeepsWhatIsThere) {
  Parameters found;
  found.set("lun", "2").set("rbdDevice", "/dev/rbd0");
  Parameters parameters;
  parameters.set("lun", "1").add(found);
  EXPECT_EQ(*parameters.find("lun"), "1");
  EXPECT_EQ(*parameters.find("rbdDevice"), "/dev/rbd0");
}

TEST(ParameterTypes, HaveValidExamples) {
  for (const ParameterType& type : parameterTypes()) {
    EXPECT_NO_THROW(checkValue(type.name, type.example)) << type.name;
    EXPECT_TRUE(isParameterName(type.name));
  }
  EXPECT_EQ(exampleParameters().all().size(), parameterTypes().size());
}

}  // namespace
}  // namespace vbs::command
