#include "common/command/copy_progress.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

namespace vbs::command {
namespace {

/// Longer than any progress line.
constexpr std::size_t kMaxPiece = 4096;

std::optional<double> parseCount(const std::string& text) {
  double count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || !(count >= 0)) return std::nullopt;
  return count;
}

}  // namespace

CopyProgress::CopyProgress(Expression expression, std::int64_t totalBytes, std::function<void(int)> report)
    : expression_(std::move(expression)), totalBytes_(totalBytes), report_(std::move(report)) {}

void CopyProgress::read(std::string_view text) {
  for (const char c : text) {
    if (c == '\r' || c == '\n') {
      readPiece();
      piece_.clear();
    } else if (piece_.size() < kMaxPiece) {
      piece_ += c;
    }
  }
}

void CopyProgress::readPiece() {
  std::optional<std::map<std::string, std::string>> groups;
  try {
    groups = expression_.find(piece_);
  } catch (const std::runtime_error&) {
    return;  // too complex a search; progress is a hint, and the copy goes on without it
  }
  if (!groups || groups->empty()) return;
  const auto& [name, text] = *groups->begin();
  const auto count = parseCount(text);
  if (!count) return;
  const double share = name == "percent" ? *count : *count * 100.0 / static_cast<double>(totalBytes_);
  const int percent = static_cast<int>(std::min(share, 100.0));
  if (percent == last_) return;
  last_ = percent;
  report_(percent);
}

}  // namespace vbs::command
