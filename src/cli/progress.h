#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/output.h"

namespace vbs::cli {

/// The progress of a wait, on standard error: a bar that is redrawn on a terminal, otherwise one line at the
/// start. Failures to write are ignored, as progress is no answer. Not thread-safe.
class Progress {
public:
  /// `width`: the terminal's columns; none when it is no terminal.
  Progress(Output& err, std::optional<int> width) : err_(err), width_(width) {}
  /// clear()
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// "vol-0a1b2c3d pending", with a bar when the percentage is known.
  void show(std::string_view id, std::string_view status, std::optional<int> percent);

  /// Takes the bar off the terminal, so that other text can follow.
  void clear();

private:
  void write(std::string_view text);

  Output& err_;
  std::optional<int> width_;
  std::string drawn_;
};

}  // namespace vbs::cli
