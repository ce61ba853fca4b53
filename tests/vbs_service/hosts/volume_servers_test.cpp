#include "vbs_service/hosts/volume_servers.h"

#include <gtest/gtest.h>

#include "fakes/fake_volume_delegate.h"
#include "support/expect_error.h"

namespace vbs {
namespace {

TEST(VolumeServers, AreKnownByTheirNames) {
  FakeVolumeDelegate first;
  FakeVolumeDelegate second;
  const VolumeServers servers({{defaultVolumeServer(), first}, {VolumeServerName("second"), second}});
  EXPECT_EQ(&servers.at(defaultVolumeServer()), &first);
  EXPECT_EQ(&servers.at(VolumeServerName("second")), &second);
  expectError(ErrorCode::InternalError, "name volume server third",
              [&] { servers.at(VolumeServerName("third")); });
  try {
    servers.at(VolumeServerName("third"));
  } catch (const Error& error) {
    EXPECT_EQ(error.effect(), Effect::None) << "nobody was asked";
  }
}

}  // namespace
}  // namespace vbs
