#include <spdlog/spdlog.h>

#include <atomic>
#include <iostream>

#include "support/faulty_disk.h"
#include "vbs_service/workflows/service_operations.h"

namespace vbs {
namespace {

using support::DiskFault;
using support::FaultyDisk;

// The disk with the metadata fails at each change that an operation makes on it, in every way that a disk can
// fail, for good or once; or the service dies there. Once the disk is well again, with the same service or
// with the next one, nothing is half done, and what was answered is there.

struct Blow {
  DiskFault fault;
  bool lasting;
  bool restart;
};

std::string toString(const Blow& blow) {
  return support::toString(blow.fault) + (blow.lasting ? " that stays" : " once") +
         (blow.restart ? ", then a restart" : "");
}

constexpr Blow kBlows[]{
    {DiskFault::Full, true, false},     {DiskFault::Full, true, true},
    {DiskFault::IoError, true, false},  {DiskFault::IoError, true, true},
    {DiskFault::IoError, false, false}, {DiskFault::IoError, false, true},
    {DiskFault::ReadOnly, true, false}, {DiskFault::ReadOnly, true, true},
    {DiskFault::ReadOnly, false, true}, {DiskFault::Death, true, true},
    {DiskFault::PowerCut, true, true},
};

bool isEndOfService(DiskFault fault) {
  return fault == DiskFault::Death || fault == DiskFault::PowerCut;
}

std::vector<ServiceOperation> allOperations() {
  std::vector<ServiceOperation> operations = serviceOperations();
  const auto& reconciling = reconcilingOperations();
  operations.insert(operations.end(), reconciling.begin(), reconciling.end());
  return operations;
}

class DiskFaults : public testing::TestWithParam<ServiceOperation> {
protected:
  DiskFaults() : level_(spdlog::get_level()) { spdlog::set_level(spdlog::level::off); }
  ~DiskFaults() override { spdlog::set_level(level_); }

  static void hurry(ServiceUnderTest& service) {
    service.settings.workflows = 1;
    service.settings.retries = 1;
    service.settings.firstRetryDelay = std::chrono::milliseconds(1);
    service.settings.maxRetryDelay = std::chrono::milliseconds(2);
  }

  static bool isQuiet(ServiceUnderTest& service) {
    service.volumes.endAllCopies();
    if (!service.openOperations().empty()) return false;
    const auto volumes = service.allVolumes();
    return std::none_of(volumes.begin(), volumes.end(),
                        [](const Volume& volume) { return volume.status == VolumeStatus::Pending; });
  }

  /// A service that is dead asks nobody.
  void silenceTheDead(ServiceUnderTest& service) {
    const auto die = [this](const std::string& /*call*/, FaultPoint /*point*/) {
      if (dead_) throw Error(ErrorCode::DelegateUnreachable, "the service is dead");
    };
    service.volumes.script.watch(die);
    service.node1->script.watch(die);
    disk_.onStrike([this] { dead_ = true; });
  }

  /// False when the operation, with all that follows from it, changes the disk less than n times.
  bool survives(const Blow& blow, std::size_t n) {
    SCOPED_TRACE(toString(blow) + " at change " + std::to_string(n));
    ServiceUnderTest service(hurry);
    GetParam().prepare(service);
    if (isEndOfService(blow.fault)) silenceTheDead(service);
    (blow.lasting ? disk_.failFrom(n, blow.fault) : disk_.failOnce(n, blow.fault));
    bool answered = false;
    try {
      GetParam().run(service);
      answered = true;
      eventually([&] { return disk_.struck() || isQuiet(service); });
    } catch (const Error& error) {
      // Those that are to fail do so with or without the disk.
      EXPECT_TRUE(error.code() == ErrorCode::CommandFailed || disk_.struck()) << error.what();
      EXPECT_TRUE(error.code() == ErrorCode::CommandFailed || isEndOfService(blow.fault) ||
                  error.code() == ErrorCode::InternalError)
          << error.what();
      if (error.code() == ErrorCode::InternalError) {
        EXPECT_THAT(error.what(), testing::HasSubstr("metadata store " + service.databaseFile().string()));
      }
    }
    const bool struck = disk_.struck();
    if (!isEndOfService(blow.fault)) {
      EXPECT_NO_THROW(service.allVolumes()) << "describes wait for no disk that can be written";
      EXPECT_TRUE(service->healthy());
    }
    if (blow.restart) {
      service.stop();
      disk_.heal();
      disk_.onStrike(nullptr);
      dead_ = false;
      service.start();
    } else {
      disk_.heal();
    }
    eventually([&] { return isQuiet(service); });
    GetParam().finish(service);
    service.expectWorldMatchesMetadata();
    EXPECT_TRUE(!answered || GetParam().isDone(service)) << "it was answered, and is not there";
    service.deleteVolume(service.createVolume().volumeId);
    if (!blow.restart) {
      service.restart();
      service.expectWorldMatchesMetadata();
    }
    return struck;
  }

  void expectAllSurvived() {
    std::size_t cases = 0;
    for (const Blow& blow : kBlows) {
      std::size_t n = 1;
      while (survives(blow, n) && !HasFailure()) ++n;
      ASSERT_FALSE(HasFailure());
      cases += n - 1;
    }
    EXPECT_GT(cases, 50U);
    std::cout << GetParam().name << ": " << cases << " cases\n";
  }

private:
  const spdlog::level::level_enum level_;

protected:
  FaultyDisk disk_;
  std::atomic<bool> dead_{false};
};

TEST_P(DiskFaults, LeaveNothingHalfDoneAndWhatWasAnsweredIsThere) {
  expectAllSurvived();
}

/// With a log that is copied into the database all the time.
class DiskFaultsOfCheckpoints : public DiskFaults {
protected:
  DiskFaultsOfCheckpoints() { disk_.checkpointEvery(1); }
};

TEST_P(DiskFaultsOfCheckpoints, LeaveNothingHalfDoneAndWhatWasAnsweredIsThere) {
  expectAllSurvived();
}

INSTANTIATE_TEST_SUITE_P(EachOperation, DiskFaults, testing::ValuesIn(allOperations()),
                         [](const auto& param) { return std::string(param.param.name); });

// The longest, and one without a way back.
INSTANTIATE_TEST_SUITE_P(Some, DiskFaultsOfCheckpoints, testing::ValuesIn([] {
                           std::vector<ServiceOperation> some;
                           for (const ServiceOperation& operation : serviceOperations()) {
                             const std::string name = operation.name;
                             if (name == "attachVolume" || name == "deleteVolume") some.push_back(operation);
                           }
                           return some;
                         }()),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
}  // namespace vbs
