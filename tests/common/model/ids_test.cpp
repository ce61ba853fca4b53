#include "common/model/ids.h"

#include <gtest/gtest.h>

#include "common/model/error.h"

namespace vbs {
namespace {

TEST(VolumeId, IsVolAndEightLowerHexDigits) {
  EXPECT_EQ(VolumeId("vol-0a1b2c3d").str(), "vol-0a1b2c3d");
  for (const char* bad : {"", "vol-", "vol-0a1b2c3", "vol-0a1b2c3d4", "vol-0A1B2C3D", "snap-0a1b2c3d",
                          "-vol-0a1b2c3", "vol-0a1b2c3g", "vol-0a1b2c3d\n", "../vol-0a1b2c3"}) {
    EXPECT_FALSE(VolumeId::isValid(bad)) << bad;
    EXPECT_THROW(VolumeId{bad}, Error) << bad;
  }
}

TEST(VolumeId, TheRefusalQuotesTheRuleAndNoControlCharacters) {
  try {
    const VolumeId id("vol-\x01");
    FAIL() << id.str();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::InvalidParameter);
    EXPECT_STREQ(error.what(),
                 "\"vol-?\" is not a volume id: expected \"vol-\" and 8 hexadecimal digits in lower case");
  }
}

TEST(AttachmentId, IsAttAndEightLowerHexDigits) {
  EXPECT_TRUE(AttachmentId::isValid("att-0a1b2c3d"));
  for (const char* bad : {"", "att-", "att-0a1b2c3", "att-0A1B2C3D", "vol-0a1b2c3d"}) {
    EXPECT_FALSE(AttachmentId::isValid(bad)) << bad;
  }
}

TEST(VolumeServerName, IsDefaultWhereNoneIsGiven) {
  EXPECT_EQ(defaultVolumeServer().str(), "default");
  for (const char* bad : {"", "a b", "a/b", "-a"}) EXPECT_FALSE(VolumeServerName::isValid(bad)) << bad;
}

TEST(Names, NoneMayBeginWithAHyphen) {
  EXPECT_FALSE(VmmHostname::isValid("-host"));
  EXPECT_FALSE(VmId::isValid("-1"));
  EXPECT_FALSE(VmDevice::isValid("-b"));
  EXPECT_FALSE(Portal::isValid("-h:1"));
  EXPECT_FALSE(TargetName::isValid("-iqn.2009-09.org.vbs"));
  EXPECT_FALSE(RequestId::isValid("-"));
}

TEST(VmmHostname, IsKeptInLowerCase) {
  EXPECT_EQ(VmmHostname("KVM01.Example.org").str(), "kvm01.example.org");
  EXPECT_EQ(VmmHostname("Node1"), VmmHostname("node1"));
}

TEST(VmId, KeepsItsCapitals) {
  EXPECT_EQ(VmId("Web1").str(), "Web1");
}

TEST(VmId, AcceptsWhatVmmsCallTheirVms) {
  for (const char* good : {"1", "vm1", "web_01.example", "9f1c3f0e-7d0e-4b57-9d3e-6a5d8a2c0b1f"}) {
    EXPECT_TRUE(VmId::isValid(good)) << good;
  }
  for (const char* bad : {"", "a b", "a;b", "a/b", "$(id)", "a\tb"}) EXPECT_FALSE(VmId::isValid(bad)) << bad;
}

TEST(VmDevice, IsOneDeviceWithAndWithoutItsDirectory) {
  EXPECT_EQ(parseVmDevice("/dev/xvdb"), VmDevice("xvdb"));
  EXPECT_EQ(parseVmDevice("scsi1"), VmDevice("scsi1"));
  for (const char* bad : {"", "/dev/", "/dev//xvdb", "/dev/mapper/x", "../x", "xvd b"}) {
    EXPECT_THROW(parseVmDevice(bad), Error) << bad;
  }
}

TEST(TargetName, IsAnIqn) {
  EXPECT_TRUE(TargetName::isValid("iqn.2009-09.org.vbs:vol-0a1b2c3d"));
  EXPECT_TRUE(TargetName::isValid("iqn.2009-09.org.vbs"));
  for (const char* bad : {"iqn.2009-09.", "iqn.09-09.org.vbs:x", "iqn.2009-09.org.vbs:X",
                          "eui.02004567A425678D", "iqn.2009-09.org.vbs:a b"}) {
    EXPECT_FALSE(TargetName::isValid(bad)) << bad;
  }
  EXPECT_FALSE(TargetName::isValid("iqn.2009-09.org.vbs:" + std::string(223, 'a')));
}

TEST(Portal, IsHostAndPort) {
  for (const char* good : {"192.0.2.10:3260", "[2001:db8::1]:3260", "store.example.org:1"}) {
    EXPECT_TRUE(Portal::isValid(good)) << good;
  }
  for (const char* bad : {"192.0.2.10", ":3260", "h:0", "h:65536", "h:x", "[]:1", "[::1:3260", "h:3260 "}) {
    EXPECT_FALSE(Portal::isValid(bad)) << bad;
  }
}

}  // namespace
}  // namespace vbs
