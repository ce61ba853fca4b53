#pragma once

#include <memory>

#include "common/http/channel.h"

namespace vbs::cli {

/// A channel to the VBS Service through `channel`. It tells a service that cannot be reached from what the
/// service answers; both are Errors in SOAP's clients. post() throws ServiceUnreachable when no answer came,
/// or when what answered speaks no SOAP.
std::unique_ptr<http::Channel> serviceChannel(std::unique_ptr<http::Channel> channel);

}  // namespace vbs::cli
