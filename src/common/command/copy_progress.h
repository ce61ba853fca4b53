#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/command/expression.h"

namespace vbs::command {

/// Reads how far a copy is from what it writes to stderr: pieces that end in CR or LF, as dd's
/// status=progress writes them. Not thread-safe.
class CopyProgress {
public:
  /// `expression` has the group copiedBytes or percent. `report` is called with 0..100, each time another
  /// value than before.
  CopyProgress(Expression expression, std::int64_t totalBytes, std::function<void(int)> report);

  void read(std::string_view text);

private:
  void readPiece();

  Expression expression_;
  std::int64_t totalBytes_;
  std::function<void(int)> report_;
  std::string piece_;
  int last_ = -1;
};

}  // namespace vbs::command
