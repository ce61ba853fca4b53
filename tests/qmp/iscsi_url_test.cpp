#include "qmp/iscsi_url.h"

#include <gtest/gtest.h>

#include "common/model/error.h"

namespace vbs::qmp {
namespace {

TEST(IscsiUrl, NamesPortalTargetAndLun) {
  const auto url = parseIscsiUrl("iscsi://127.0.0.1:3260/iqn.2009-09.org.example:vol-0a1b2c3d/1");
  EXPECT_EQ(url.portal, Portal("127.0.0.1:3260"));
  EXPECT_EQ(url.targetName, TargetName("iqn.2009-09.org.example:vol-0a1b2c3d"));
  EXPECT_EQ(url.lun, Lun(1));
}

TEST(IscsiUrl, IsWrittenAsItWasRead) {
  const std::string text = "iscsi://[fe80::1]:3260/iqn.2009-09.org.example:vol-0a1b2c3d/255";
  EXPECT_EQ(toString(parseIscsiUrl(text)), text);
}

TEST(IscsiUrl, RefusesWhatIsNone) {
  for (const char* text :
       {"", "iscsi://", "iscsi:///", "http://127.0.0.1:3260/iqn.2009-09.org.example:v/1",
        "iscsi://127.0.0.1:3260/iqn.2009-09.org.example:v", "iscsi://127.0.0.1:3260//1",
        "iscsi://127.0.0.1/iqn.2009-09.org.example:v/1", "iscsi://127.0.0.1:3260/iqn.2009-09.org.example:v/",
        "iscsi://127.0.0.1:3260/iqn.2009-09.org.example:v/one",
        "iscsi://127.0.0.1:3260/iqn.2009-09.org.example:v/256",
        "iscsi://127.0.0.1:3260/iqn.2009-09.org.example:v/1x", "iscsi://127.0.0.1:3260/a/b/1"}) {
    EXPECT_THROW(parseIscsiUrl(text), Error) << text;
  }
}

}  // namespace
}  // namespace vbs::qmp
