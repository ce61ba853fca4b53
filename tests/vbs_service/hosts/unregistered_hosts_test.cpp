#include "vbs_service/hosts/unregistered_hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vbs::service {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

metadata::AttachmentRecord at(const std::string& host, const std::string& volume) {
  return {.id = AttachmentId("att-" + volume.substr(4)),
          .attachment = {.volumeId = VolumeId(volume),
                         .vmmHostname = VmmHostname(host),
                         .vmId = VmId("vm1"),
                         .vmDevice = VmDevice("xvdb"),
                         .hostDevice = std::nullopt,
                         .status = AttachmentStatus::Attached,
                         .attachTime = std::nullopt},
          .target = std::nullopt,
          .exported = {}};
}

TEST(UnregisteredHosts, AreThoseWithVolumesThatNoRuleIsFor) {
  VmmDelegates delegates({{.name = "node1", .url = "http://a"}, {.name = "*.example.org", .url = "http://*"}},
                         [](const std::string&) { return nullptr; });
  const std::vector attachments{at("node1", "vol-00000001"), at("node2", "vol-00000003"),
                                at("a.example.org", "vol-00000004"), at("node2", "vol-00000002")};
  EXPECT_THAT(unregisteredHosts(attachments, delegates),
              ElementsAre(Pair(VmmHostname("node2"),
                               ElementsAre(VolumeId("vol-00000002"), VolumeId("vol-00000003")))));
  delegates.replace({{.name = "node2", .url = "http://a"}, {.name = "node1", .url = "http://a"}});
  EXPECT_THAT(unregisteredHosts({at("node2", "vol-00000003")}, delegates), IsEmpty());
}

}  // namespace
}  // namespace vbs::service
