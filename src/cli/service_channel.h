#pragma once

#include <memory>

#include "common/soap/channel.h"

namespace vbs::cli {

/// A channel to the VBS Service through `channel` that tells failing to reach the service from what the
/// service answers, which both are Errors in SOAP's clients: post() throws ServiceUnreachable when no answer
/// came or what answered speaks no SOAP.
std::unique_ptr<soap::Channel> serviceChannel(std::unique_ptr<soap::Channel> channel);

}  // namespace vbs::cli
