#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace vbs::command {

// What is kept of a command's output, in bytes.

/// Keeps the first `limit` bytes.
class Head {
public:
  explicit Head(std::size_t limit) : limit_(limit) {}
  void add(std::string_view text) {
    const std::size_t room = limit_ - text_.size();
    truncated_ = truncated_ || text.size() > room;
    text_ += text.substr(0, room);
  }
  bool isTruncated() const noexcept { return truncated_; }
  std::string take() { return std::move(text_); }

private:
  std::size_t limit_;
  std::string text_;
  bool truncated_ = false;
};

/// Keeps the last `limit` bytes.
class Tail {
public:
  explicit Tail(std::size_t limit) : limit_(limit) {}
  void add(std::string_view text) {
    text_ += text;
    if (text_.size() > 2 * limit_) trim();
  }
  std::string take() {
    trim();
    return std::move(text_);
  }

private:
  void trim() {
    if (text_.size() > limit_) text_.erase(0, text_.size() - limit_);
  }

  std::size_t limit_;
  std::string text_;
};

}  // namespace vbs::command
