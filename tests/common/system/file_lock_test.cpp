#include "common/system/file_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "common/model/error.h"
#include "support/scratch_directory.h"

namespace vbs::system {
namespace {

class FileLockTest : public testing::Test {
protected:
  Descriptor open() const { return Descriptor(::open(file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)); }
  std::filesystem::path file() const { return directory_.path() / "lock"; }

private:
  support::ScratchDirectory directory_;
};

TEST_F(FileLockTest, IsHeldByOneAtATime) {
  const Descriptor first = open();
  Descriptor second = open();
  EXPECT_TRUE(tryLock(first, file()));
  EXPECT_FALSE(tryLock(second, file()));
}

TEST_F(FileLockTest, EndsWithItsDescriptor) {
  const Descriptor second = open();
  {
    const Descriptor first = open();
    EXPECT_TRUE(tryLock(first, file()));
  }
  EXPECT_TRUE(tryLock(second, file()));
}

TEST_F(FileLockTest, SaysWhichFileCannotBeLocked) {
  try {
    tryLock(Descriptor(), "/run/vbs.lock");
    FAIL() << "a lock without a file";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot lock /run/vbs.lock: Bad file descriptor");
  }
}

}  // namespace
}  // namespace vbs::system
