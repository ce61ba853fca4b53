#include "common/fault/fault_directory.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace vbs::fault {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLookAgain{1};

std::string textOf(const fs::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

void write(const fs::path& file, const std::string& text) {
  fs::path draft = file;
  draft += ".part";
  std::ofstream stream(draft);
  stream << text << '\n';
  stream.close();
  if (!stream) throw std::runtime_error("cannot write " + draft.string());
  fs::rename(draft, file);
}

void append(const fs::path& file, const std::string& line) {
  // In one piece, so that a program that is killed leaves whole lines.
  const int fd = ::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) throw std::runtime_error("cannot write " + file.string());
  [[maybe_unused]] const auto written = ::write(fd, line.data(), line.size());
  ::close(fd);
}

}  // namespace

FaultDirectory::FaultDirectory(fs::path directory) : directory_(std::move(directory)) {
  if (!fs::is_directory(directory_)) throw std::runtime_error(directory_.string() + " is no directory");
}

bool FaultDirectory::reach(std::string_view seam, const std::string& point) {
  {
    const std::lock_guard lock(mutex_);
    append(directory_ / "trace", std::string(seam) + ' ' + point + '\n');
    if (!claim(point)) return false;
    write(directory_ / "reached", std::to_string(::getpid()) + ' ' + point);
  }
  return awaitVerdict();
}

bool FaultDirectory::claim(const std::string& point) {
  const fs::path file = directory_ / "armed";
  std::istringstream armed(textOf(file));
  std::string wanted;
  int occurrence = 1;
  if (!(armed >> wanted) || wanted != point) return false;
  armed >> occurrence;
  if (occurrence > 1) {
    write(file, point + ' ' + std::to_string(occurrence - 1));
    return false;
  }
  return fs::remove(file);  // else the test took it back
}

bool FaultDirectory::awaitVerdict() const {
  const fs::path file = directory_ / "verdict";
  while (!fs::exists(file)) std::this_thread::sleep_for(kLookAgain);
  const bool fails = textOf(file).starts_with("fail");
  fs::remove(file);
  fs::remove(directory_ / "reached");
  return fails;
}

}  // namespace vbs::fault
