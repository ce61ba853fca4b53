#include "qmp/socket_lock.h"

#include <gtest/gtest.h>

#include <future>
#include <optional>

#include "common/model/error.h"
#include "qmp/temporary_directory.h"

namespace vbs::qmp {
namespace {

Deadline in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

TEST(SocketLock, KeepsASecondOneOut) {
  const TemporaryDirectory directory;
  const SocketLock held(directory / "vm1.qmp", in(std::chrono::seconds(10)));
  try {
    const SocketLock second(directory / "vm1.qmp", in(std::chrono::milliseconds(1)));
    FAIL() << "two at once";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Timeout);
  }
}

TEST(SocketLock, IsPassedOnWhenItsHolderEnds) {
  const TemporaryDirectory directory;
  std::optional<SocketLock> held(std::in_place, directory / "vm1.qmp", in(std::chrono::seconds(10)));
  auto second =
      std::async(std::launch::async, [&] { SocketLock(directory / "vm1.qmp", in(std::chrono::minutes(1))); });
  held.reset();
  EXPECT_NO_THROW(second.get());
}

TEST(SocketLock, IsOnePerVm) {
  const TemporaryDirectory directory;
  const SocketLock first(directory / "vm1.qmp", in(std::chrono::seconds(10)));
  EXPECT_NO_THROW(SocketLock(directory / "vm2.qmp", in(std::chrono::milliseconds(1))));
}

TEST(SocketLock, SaysWhichFileItCannotOpen) {
  try {
    const SocketLock lock("/nonexistent/vm1.qmp", in(std::chrono::seconds(10)));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("/nonexistent/vm1.qmp.lock"), std::string::npos);
  }
}

}  // namespace
}  // namespace vbs::qmp
