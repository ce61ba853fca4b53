#pragma once

#include <memory>

#include "common/http/channel.h"

namespace vbs::cli {

/// A channel to the VBS Service through `channel` that tells failing to reach the service from what the
/// service answers, which both are Errors in SOAP's clients: post() throws ServiceUnreachable when no answer
/// came or what answered speaks no SOAP.
std::unique_ptr<http::Channel> serviceChannel(std::unique_ptr<http::Channel> channel);

}  // namespace vbs::cli
