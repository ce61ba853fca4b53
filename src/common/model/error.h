#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/model/effect.h"

namespace vbs {

/// Why an operation was refused or failed. The names are the wire's (vbs-types.xsd, errorCode).
enum class ErrorCode {
  InvalidParameter,  ///< the caller can mend it: a value is malformed or out of range
  VolumeNotFound,
  SnapshotNotFound,
  IncorrectState,        ///< the volume or snapshot exists but its status forbids the operation
  VolumeInUse,           ///< the volume is attached
  DeviceInUse,           ///< another volume holds that VM device
  DependencyViolation,   ///< something else still needs the resource
  InsufficientCapacity,  ///< the volume server has no room
  IdempotencyMismatch,   ///< the client token was used before with other parameters
  UnknownVmmHost,        ///< the VMM hostname is not registered in the service's settings
  DelegateUnreachable,   ///< a delegate could not be reached
  CommandFailed,         ///< a command of a pattern failed; see Error::command()
  Timeout,               ///< a step took longer than allowed
  Busy,                  ///< too many operations at once; ask again later
  InternalError,
};

/// The name on the wire, e.g. "VolumeNotFound".
std::string_view toString(ErrorCode code);

/// The code of that name; nothing when there is none.
std::optional<ErrorCode> parseErrorCode(std::string_view name);

/// True for what the caller can mend (SOAP faultcode Client), false for the rest (Server).
bool isCallersFault(ErrorCode code);

/// What is known of a command that failed.
struct CommandFailure {
  std::string action;           ///< key in the pattern file, with its number if any: "target.create.2"
  std::optional<int> exitCode;  ///< none when it was ended by a signal, timed out or never started
  std::string stderrTail;       ///< the end of what it wrote to stderr, UTF-8, at most 2 KiB
  bool operator==(const CommandFailure&) const = default;
};

/// The one exception of the project: thrown where the cause is known, caught at the edges. what() is the
/// message for a person. Immutable.
class Error : public std::runtime_error {
public:
  /// `resource`: the id the error is about ("vol-0a1b2c3d"), empty if none. The effect is what is safe to
  /// assume: Unknown for DelegateUnreachable, Timeout and InternalError, Partial for CommandFailed, None for
  /// what is refused. Code that knows better calls withEffect().
  Error(ErrorCode code, const std::string& message, std::string resource = {});
  Error(const std::string& message, std::string resource, CommandFailure command);

  ErrorCode code() const noexcept { return code_; }
  const std::string& resource() const noexcept { return resource_; }
  const std::optional<CommandFailure>& command() const noexcept { return command_; }

  Effect effect() const noexcept { return effect_; }

  /// The id under which another service logged the request that it refused with this error; empty for an
  /// error that arose here.
  const std::string& requestId() const noexcept { return requestId_; }

  /// The same error with another message (what a layer above adds to it).
  Error withMessage(const std::string& message) const;
  /// The same error about another resource.
  Error withResource(std::string resource) const;
  Error withEffect(Effect effect) const;
  /// The same error as told by the other service's answer.
  Error withRequestId(std::string requestId) const;

private:
  ErrorCode code_;
  std::string resource_;
  std::optional<CommandFailure> command_;
  std::string requestId_;
  Effect effect_;
};

}  // namespace vbs
