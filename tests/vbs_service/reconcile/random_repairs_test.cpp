#include <array>
#include <cstdlib>
#include <random>

#include "vbs_service/service_under_test.h"

namespace vbs {
namespace {

using Session = VmHostInventory::Session;
using Device = VmHostInventory::Device;

/// The service with two hosts whose worlds change behind its back and whose listings lie, while a user
/// attaches and detaches. Whatever is taken from a VM without the user's word is recorded, unless the volume
/// is attached nowhere at that moment, or elsewhere.
class RandomRepairs {
public:
  explicit RandomRepairs(unsigned seed) : random_(seed) {
    for (int i = 0; i < 3; ++i) volumes_.push_back(service_.createVolume().volumeId);
    service_.volumes.checkHolders(nullptr);  // worlds change behind everybody's back
    watch(*service_.node1, VmmHostname("node1"));
    watch(*service_.node2, VmmHostname("node2"));
  }

  std::vector<std::string> play(int steps) {
    for (int i = 0; i < steps; ++i) {
      try {
        act();
      } catch (const Error& error) {
        EXPECT_NE(error.code(), ErrorCode::InternalError) << error.what();
      }
    }
    return thefts_;
  }

private:
  int draw(int below) { return std::uniform_int_distribution(0, below - 1)(random_); }
  const VolumeId& anyVolume() { return volumes_.at(static_cast<std::size_t>(draw(3))); }
  FakeVmmDelegate& anyHost() { return draw(2) == 0 ? *service_.node1 : *service_.node2; }

  void watch(FakeVmmDelegate& host, const VmmHostname& name) {
    host.onTaking([this, name](const VmAttachment& taken) {
      if (userDetaches_ == taken.volumeId) return;
      const auto record = service_.store().read(
          [&](const metadata::MetadataReader& tx) { return tx.findAttachment(taken.volumeId); });
      const bool isAttachedThere = record && record->attachment.vmmHostname == name &&
                                   record->attachment.status == AttachmentStatus::Attached;
      if (isAttachedThere) {
        thefts_.push_back(taken.volumeId.str() + " was taken from " + taken.vmId->str() + " on " +
                          name.str());
      }
    });
  }

  void act() {
    switch (draw(12)) {
      case 0:
      case 1:
        service_.attach(anyVolume(), draw(2) == 0 ? "xvdb" : "xvdc", draw(2) == 0 ? "node1" : "node2");
        break;
      case 2:
        detach(anyVolume());
        break;
      case 3:
        loseSomething(anyHost());
        break;
      case 4:
        leaveSomething(anyHost());
        break;
      case 5:
        service_.volumes.change([&](FakeVolumeDelegate::World& world) { world.exports.erase(anyVolume()); });
        break;
      case 6:
        failSomething(anyHost());
        break;
      case 7:
        anyHost().lie(anyLie());
        break;
      case 8:
        anyHost().lie(nullptr);
        break;
      default:
        service_.reconcile();
    }
  }

  void detach(const VolumeId& id) {
    userDetaches_ = id;
    try {
      service_.detach(id);
      userDetaches_.reset();
    } catch (...) {
      userDetaches_.reset();
      throw;
    }
  }

  void loseSomething(FakeVmmDelegate& host) {
    const bool isDevice = draw(2) == 0;
    host.change([&](auto& world) {
      if (world.empty()) return;
      if (isDevice) {
        world.begin()->second.vmId.reset();
        world.begin()->second.vmDevice.reset();
      } else {
        world.erase(world.begin());
      }
    });
  }

  void leaveSomething(FakeVmmDelegate& host) {
    const VolumeId& id = anyVolume();
    if (host.holds(id)) return;
    VmAttachment stray{.volumeId = id,
                       .targetName = TargetName("iqn.2009-09.org.example:" + id.str()),
                       .portal = Portal("127.0.0.1:3260"),
                       .lun = Lun(1),
                       .vmId = std::nullopt,
                       .vmDevice = std::nullopt};
    if (draw(2) == 0) {
      stray.vmId = VmId("vm1");
      stray.vmDevice = VmDevice("xvdb");
    }
    host.leaveBehind(stray);
  }

  void failSomething(FakeVmmDelegate& host) {
    const auto calls = std::array{"attachVolume", "undo:detachVolume", "inventory", "describeDelegate"};
    host.script.fail(calls.at(static_cast<std::size_t>(draw(4))), commandFailed("no"));
  }

  std::function<void(VmHostInventory&)> anyLie() {
    switch (draw(4)) {
      case 0:  // nothing is there
        return [](VmHostInventory& inventory) { inventory = {Listing<Session>{}, Listing<Device>{}}; };
      case 1:  // cut, and it shows
        return [](VmHostInventory& inventory) {
          if (!inventory.devices->items.empty()) inventory.devices->items.pop_back();
          inventory.devices->state = ListingState::Partial;
        };
      case 2:  // cut, and it does not show
        return [](VmHostInventory& inventory) {
          if (!inventory.devices->items.empty()) inventory.devices->items.pop_back();
        };
      default:  // another tool's
        return [](VmHostInventory& inventory) {
          inventory = {Listing<Session>::unknown("json"), Listing<Device>::unknown("json")};
        };
    }
  }

  std::mt19937 random_;
  ServiceUnderTest service_;
  std::vector<VolumeId> volumes_;
  std::optional<VolumeId> userDetaches_;
  std::vector<std::string> thefts_;
};

TEST(RandomRepairs, TakeNothingFromAVmThatTheVolumeIsAttachedTo) {
  const char* count = std::getenv("VBS_RANDOM_REPAIRS");
  const int worlds = count != nullptr ? std::atoi(count) : 25;
  for (int seed = 1; seed <= worlds; ++seed) {
    const std::vector<std::string> thefts = RandomRepairs(static_cast<unsigned>(seed)).play(40);
    ASSERT_TRUE(thefts.empty()) << "seed " << seed << ": " << thefts.front();
  }
}

}  // namespace
}  // namespace vbs
