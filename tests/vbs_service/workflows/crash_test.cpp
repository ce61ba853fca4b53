#include "vbs_service/workflows/service_operations.h"

namespace vbs {
namespace {

// The service dies at each point where it asks a delegate: before the call had any effect and after it had
// all of it. What the database held at that moment is what the next service starts with.

class Crash : public testing::TestWithParam<ServiceOperation> {};

/// Runs the operation and dies at the n-th point; false when it has fewer.
bool diesAt(const ServiceOperation& operation, int n) {
  ServiceUnderTest service;
  operation.prepare(service);
  std::mutex mutex;
  int points = 0;
  bool dead = false;
  const auto die = [&](const std::string& call, FaultPoint /*point*/) {
    const std::lock_guard lock(mutex);
    if (call == "describeDelegate" || call == "describeCopies") return;
    if (!dead && ++points == n) {
      service.keepDatabaseAsOfNow();
      dead = true;
    }
    if (dead) throw Error(ErrorCode::DelegateUnreachable, "the service is dead");
  };
  service.volumes.script.watch(die);
  service.node1->script.watch(die);
  try {
    operation.run(service);
  } catch (const Error& error) {
    EXPECT_TRUE(dead || error.code() == ErrorCode::CommandFailed) << error.what();
  }
  if (!dead) return false;
  service.stop();
  service.volumes.script.heal();
  service.node1->script.heal();
  service.startFromKept();
  eventually([&] {
    service.volumes.endAllCopies();
    return service.openOperations().empty();
  });
  eventually([&] {
    service.volumes.endAllCopies();
    const auto volumes = service.allVolumes();
    return std::none_of(volumes.begin(), volumes.end(),
                        [](const Volume& volume) { return volume.status == VolumeStatus::Pending; });
  });
  operation.finish(service);
  service.expectWorldMatchesMetadata();
  return true;
}

TEST_P(Crash, LeavesNothingAfterTheNextStartThatTheMetadataDoNotSay) {
  int n = 1;
  while (diesAt(GetParam(), n)) {
    ASSERT_FALSE(HasFailure()) << GetParam().name << " died at point " << n;
    ++n;
  }
  EXPECT_GT(n, 2);  // each operation asks a delegate at least once: a point before it and one after
}

INSTANTIATE_TEST_SUITE_P(EachOperation, Crash, testing::ValuesIn(serviceOperations()),
                         [](const auto& param) { return std::string(param.param.name); });

INSTANTIATE_TEST_SUITE_P(EachRemedy, Crash, testing::ValuesIn(reconcilingOperations()),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace vbs
