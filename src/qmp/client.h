#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/model/error.h"
#include "qmp/deadline.h"
#include "qmp/unix_socket.h"

namespace vbs::qmp {

/// The VM ended, or nobody listens on its socket.
class VmGone : public Error {
public:
  explicit VmGone(const std::string& message) : Error(ErrorCode::DelegateUnreachable, message) {}
};

/// QEMU answered a command with an error. what() has QEMU's words.
class Refusal : public Error {
public:
  Refusal(std::string_view command, std::string errorClass, std::string_view description);

  /// QEMU's error class: "GenericError", "DeviceNotFound".
  const std::string& errorClass() const noexcept { return errorClass_; }

private:
  std::string errorClass_;
};

/// A session with one VM over the QEMU Machine Protocol (QEMU's docs/interop/qmp-spec). Not thread-safe.
/// Every call throws VmGone when the VM ends, Error{InternalError} for what is no QMP, and Error{Timeout}
/// when the VM does not answer in time; then the session cannot be used any more.
class Client {
public:
  /// Connects and negotiates. Nothing when nobody listens on `socket`.
  static std::optional<Client> connect(const std::filesystem::path& socket, Deadline deadline);

  /// The command's "return". Throws Refusal.
  nlohmann::json execute(std::string_view command, const nlohmann::json& arguments, Deadline deadline);

  /// Returns when an event came, or at `until`.
  void waitForEvent(Deadline until);

private:
  Client(UnixSocket socket, std::string name) : socket_(std::move(socket)), name_(std::move(name)) {}

  nlohmann::json receive(Deadline deadline);
  std::optional<nlohmann::json> tryReceive(Deadline deadline);

  UnixSocket socket_;
  std::string name_;
  int lastId_ = 0;
};

}  // namespace vbs::qmp
