#include "vbs_service/engine/call_numbers.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "vbs_service/metadata/connection.h"
#include "vbs_service/metadata/metadata_store_fixture.h"

namespace vbs::engine {
namespace {

class FakeClock : public system::Clock {
public:
  TimePoint now() const override { return time; }
  std::chrono::sys_seconds timeOfDay() const override { return std::chrono::sys_seconds(); }

  TimePoint time{};
};

std::int64_t take(metadata::MetadataStore& store) {
  return store.write([](metadata::MetadataWriter& tx) { return tx.takeCallNumbers(1); });
}

TEST(CallNumbers, EachIsHigherThanAllBeforeItThoseOfEarlierRunsToo) {
  const FakeClock clock;
  const TemporaryDatabase database;
  std::int64_t last = 0;
  for (int run = 0; run < 3; ++run) {
    metadata::MetadataStore store(database.file());
    CallNumbers numbers(store, clock);
    for (int i = 0; i < 3; ++i) {
      const std::int64_t number = numbers.next();
      EXPECT_GT(number, last);
      last = number;
    }
  }
}

TEST(CallNumbers, GoOnWithAnotherBlockWhenOneIsUsedUp) {
  const FakeClock clock;
  const TemporaryDatabase database;
  metadata::MetadataStore store(database.file());
  CallNumbers numbers(store, clock);
  std::int64_t last = numbers.next();
  for (int i = 0; i < 3'000'000; ++i) {
    const std::int64_t number = numbers.next();
    ASSERT_GT(number, last);
    last = number;
  }
}

TEST(CallNumbers, NoneIsGivenTwiceToThreads) {
  const FakeClock clock;
  const TemporaryDatabase database;
  metadata::MetadataStore store(database.file());
  CallNumbers numbers(store, clock);
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kEach = 1000;
  std::vector<std::vector<std::int64_t>> drawn(kThreads);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : drawn) {
      threads.emplace_back([&] {
        for (std::size_t i = 0; i < kEach; ++i) mine.push_back(numbers.next());
      });
    }
  }
  std::vector<std::int64_t> all;
  for (const auto& mine : drawn) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  EXPECT_EQ(all.size(), kThreads * kEach);
}

TEST(CallNumbers, FollowTheTimeOfDayMinuteByMinute) {
  const TemporaryDatabase database;
  metadata::MetadataStore store(database.file());
  FakeClock clock;
  CallNumbers numbers(store, clock);
  const std::int64_t first = numbers.next();
  const std::int64_t taken = take(store);
  clock.time += CallNumbers::kUsedFor - std::chrono::seconds(1);
  EXPECT_EQ(numbers.next(), first + 1);
  clock.time += std::chrono::seconds(1);
  EXPECT_GT(numbers.next(), taken);
}

TEST(CallNumbers, GoOnWithThoseOfBeforeWhileNoneCanBeTaken) {
  const TemporaryDatabase database;
  metadata::MetadataStore store(database.file());
  FakeClock clock;
  CallNumbers numbers(store, clock);
  const std::int64_t first = numbers.next();
  clock.time += CallNumbers::kUsedFor;
  metadata::Connection(database.file(), metadata::Connection::Mode::ReadWrite)
      .database()
      .exec("DELETE FROM call_numbers");
  EXPECT_EQ(numbers.next(), first + 1);
  CallNumbers others(store, clock);
  expectError(ErrorCode::InternalError, "no number", [&] { others.next(); });
}

// So those of a restored backup are higher than what was given after the backup was made.
TEST(CallNumbers, GrowWithTheTimeOfDay) {
  const TemporaryDatabase database;
  metadata::MetadataStore store(database.file());
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  EXPECT_GE(take(store), std::chrono::duration_cast<std::chrono::seconds>(now).count() << 20);
}

TEST(CallNumbers, DoNotGoBackWithTheTimeOfDay) {
  const TemporaryDatabase database;
  metadata::MetadataStore store(database.file());
  constexpr std::int64_t kFarAhead = std::int64_t{1} << 60;
  metadata::Connection(database.file(), metadata::Connection::Mode::ReadWrite)
      .database()
      .exec("UPDATE call_numbers SET next = " + std::to_string(kFarAhead));
  EXPECT_EQ(take(store), kFarAhead);
  EXPECT_EQ(take(store), kFarAhead + 1);
}

}  // namespace
}  // namespace vbs::engine
