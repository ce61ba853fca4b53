#include "common/properties/text_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/model/error.h"
#include "support/scratch_directory.h"

namespace vbs {
namespace {

std::string faultOf(const std::filesystem::path& file) {
  try {
    readTextFile(file, 10);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(TextFile, IsReadUpToOneByteMoreThanItsLimit) {
  const support::ScratchDirectory directory;
  EXPECT_EQ(readTextFile(directory.write("short", "0123456789"), 10), "0123456789");
  EXPECT_EQ(readTextFile(directory.write("long", "0123456789abc"), 10), "0123456789a");
}

TEST(TextFile, SaysWhyItCannotBeRead) {
  const support::ScratchDirectory directory;
  EXPECT_EQ(faultOf(directory.path() / "none"), "cannot be read: No such file or directory");
  EXPECT_EQ(faultOf(directory.path()), "cannot be read: Is a directory");
}

TEST(TextFile, IsNoNamedPipeWhichWouldHaveToBeWaitedFor) {
  const support::ScratchDirectory directory;
  const std::string pipe = directory.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(faultOf(pipe), "cannot be read: it is a named pipe, not a file");
}

}  // namespace
}  // namespace vbs
