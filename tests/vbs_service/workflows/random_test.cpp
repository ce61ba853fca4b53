#include <atomic>
#include <random>

#include "vbs_service/service_under_test.h"

namespace vbs {
namespace {

/// Clients do whatever comes to their minds while calls fail before or after their effect; when all is quiet,
/// the world is what the metadata say. The threads are real, so that sanitizers see what they share, and no
/// run is like another: tests/simulation plays runs that can be repeated.
void actAtRandom(ServiceUnderTest& service, unsigned seed) {
  constexpr int kActions = 40;
  std::mt19937 random(seed);
  const auto draw = [&](int below) { return std::uniform_int_distribution(0, below - 1)(random); };
  const auto anyOf = [&](const auto& records) {
    return records.at(static_cast<std::size_t>(draw(static_cast<int>(records.size()))));
  };
  for (int i = 0; i < kActions; ++i) {
    try {
      const auto volumes = service.allVolumes();
      const auto snapshots = service.allSnapshots();
      const int action = draw(10);
      if (volumes.size() < 3 || action == 0) {
        service.createVolume();
      } else if (action == 1) {
        service.createSnapshot(anyOf(volumes).volumeId);
      } else if (action == 2 && !snapshots.empty()) {
        service.createVolumeFrom(anyOf(snapshots).snapshotId);
      } else if (action == 3 && !snapshots.empty()) {
        service.deleteSnapshot(anyOf(snapshots).snapshotId);
      } else if (action == 4) {
        service.deleteVolume(anyOf(volumes).volumeId);
      } else if (action == 5) {
        service.volumes.endAllCopies();
      } else if (action < 8) {
        service.attach(anyOf(volumes).volumeId, "dev" + std::to_string(draw(4)),
                       draw(2) == 0 ? "node1" : "node2");
      } else {
        service.detach(anyOf(volumes).volumeId);
      }
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::InternalError) << error.what();
    }
  }
}

TEST(RandomOperations, LeaveTheWorldAsTheMetadataSay) {
  const unsigned seed = std::random_device()();
  ServiceUnderTest service;
  service.volumes.script.failAtRandom(0.1, seed, timeout());
  service.node1->script.failAtRandom(0.1, seed + 1, timeout());
  service.node2->script.failAtRandom(0.1, seed + 2, unreachable());
  constexpr unsigned kClients = 8;
  std::vector<std::thread> clients;
  clients.reserve(kClients);
  for (unsigned i = 0; i < kClients; ++i) {
    clients.emplace_back([&service, seed, i] { actAtRandom(service, seed + i); });
  }
  for (std::thread& client : clients) client.join();
  service.volumes.script.heal();
  service.node1->script.heal();
  service.node2->script.heal();
  eventually([&] {
    service.volumes.endAllCopies();
    if (!service.openOperations().empty()) return false;
    const auto volumes = service.allVolumes();
    return std::none_of(volumes.begin(), volumes.end(),
                        [](const Volume& volume) { return volume.status == VolumeStatus::Pending; });
  });
  service.expectWorldMatchesMetadata();
  service.restart();
  service.expectWorldMatchesMetadata();
}

/// Takes away, again and again, what volumes in use need.
void loseAtRandom(ServiceUnderTest& service, unsigned seed, const std::atomic<bool>& isOver) {
  std::mt19937 random(seed);
  const auto eraseOne = [&](auto& entries) {
    if (entries.empty()) return;
    const auto which = std::uniform_int_distribution<std::size_t>(0, entries.size() - 1)(random);
    entries.erase(std::next(entries.begin(), static_cast<std::ptrdiff_t>(which)));
  };
  while (!isOver) {
    service.volumes.change([&](FakeVolumeDelegate::World& world) { eraseOne(world.exports); });
    service.node1->change(eraseOne);
    service.node2->change(eraseOne);
    std::this_thread::yield();
  }
}

TEST(RandomOperations, AndLossesAreMendedByTheReconciliationThatGoesOnBesideThem) {
  const unsigned seed = std::random_device()();
  ServiceUnderTest service([](ServiceUnderTest& quick) {
    quick.settings.reconcileInterval = std::chrono::milliseconds(1);
    quick.settings.surveyPatience = std::chrono::milliseconds(1'000);
  });
  service.volumes.script.failAtRandom(0.1, seed, timeout());
  service.node1->script.failAtRandom(0.1, seed + 1, timeout());
  service.node2->script.failAtRandom(0.1, seed + 2, unreachable());
  constexpr unsigned kClients = 6;
  std::atomic<bool> isOver{false};
  std::thread thief([&] { loseAtRandom(service, seed, isOver); });
  std::vector<std::thread> clients;
  clients.reserve(kClients);
  for (unsigned i = 0; i < kClients; ++i) {
    clients.emplace_back([&service, seed, i] { actAtRandom(service, seed + i); });
  }
  for (std::thread& client : clients) client.join();
  isOver = true;
  thief.join();
  service.volumes.script.heal();
  service.node1->script.heal();
  service.node2->script.heal();
  eventually([&] {
    service.volumes.endAllCopies();
    if (!service.openOperations().empty()) return false;
    const auto volumes = service.allVolumes();
    return std::none_of(volumes.begin(), volumes.end(),
                        [](const Volume& volume) { return volume.status == VolumeStatus::Pending; });
  });
  eventually([&] { return service.reconcile().drifts.empty() && service.openOperations().empty(); });
  service.expectWorldMatchesMetadata();
}

}  // namespace
}  // namespace vbs
