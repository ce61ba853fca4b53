#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/model/ids.h"
#include "qmp/deadline.h"
#include "qmp/iscsi_url.h"

namespace vbs::qmp {

/// What came of logging in to a target.
struct Login {
  enum class Outcome {
    Granted,
    Refused,   ///< its portal answers, but has no such target for this initiator
    NoAnswer,  ///< its portal cannot be reached, or says nothing
  };
  Outcome outcome;
  std::string reason;  ///< why it was not granted
};

/// A way to find out; see tryLogin.
using TargetCheck =
    std::function<Login(const IscsiUrl& url, const std::optional<TargetName>& initiator, Deadline deadline)>;

/// Logs in to the target and out again, beside whoever is logged in. QEMU does its iSCSI on its main thread:
/// with a target that does not answer, the whole VM would stand still. So the login is tried from here first.
/// Without an initiator name only the portal is tried.
Login tryLogin(const IscsiUrl& url, const std::optional<TargetName>& initiator, Deadline deadline);

}  // namespace vbs::qmp
