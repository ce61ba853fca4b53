#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/system/descriptor.h"
#include "qmp/deadline.h"

namespace vbs::qmp {

/// A connected UNIX stream socket that carries lines of text. Not thread-safe.
class UnixSocket {
public:
  /// Nothing when nobody listens there (no such socket, or its owner died). Throws Error{InternalError} when
  /// it cannot be reached for another reason, Error{Timeout} past `deadline`.
  static std::optional<UnixSocket> connect(const std::filesystem::path& path, Deadline deadline);

  /// Writes `line` and a newline. False when the peer is gone. Throws Error{Timeout}.
  bool writeLine(std::string_view line, Deadline deadline);

  enum class ReadResult { Line, TimedOut, Closed };
  /// Reads up to the next newline into `line`. What arrived before the deadline is kept for the next call.
  /// Throws Error{InternalError} for a line of more than 16 MiB.
  ReadResult readLine(std::string& line, Deadline deadline);

private:
  explicit UnixSocket(system::Descriptor socket) : socket_(std::move(socket)) {}

  system::Descriptor socket_;
  std::string unread_;
};

}  // namespace vbs::qmp
