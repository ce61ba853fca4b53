#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/display_text.h"

namespace vbs::cli {
namespace {

constexpr int kBarCells = 30;

std::string bar(int percent) {
  const int full = std::clamp(percent, 0, 100) * kBarCells / 100;
  return fmt::format("[{:#<{}}{:.<{}}] {:3}%", "", full, "", kBarCells - full, percent);
}

}  // namespace

Progress::~Progress() {
  clear();
}

void Progress::show(std::string_view id, std::string_view status, std::optional<int> percent) {
  if (!width_) {
    if (drawn_.empty()) {
      drawn_ = fmt::format("vbs: waiting for {} ({})\n", id, status);
      write(drawn_);
    }
    return;
  }
  std::string line = fmt::format("{} {}", id, status);
  if (percent) line += " " + bar(*percent);
  line = cutTo(line, std::max(1, *width_ - 1));  // a line that fills the terminal would wrap
  if (line == drawn_) return;
  clear();
  write(line);
  drawn_ = line;
}

void Progress::clear() {
  if (!width_ || drawn_.empty()) return;
  write("\r" + std::string(static_cast<std::size_t>(columnsOf(drawn_)), ' ') + "\r");
  drawn_.clear();
}

void Progress::write(std::string_view text) {
  try {
    err_.write(text);
  } catch (const OutputError&) {
    return;  // whoever does not read it does not miss it
  }
}

}  // namespace vbs::cli
