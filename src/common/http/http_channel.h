#pragma once

#include <memory>
#include <string>

#include "common/http/channel.h"
#include "common/http/client.h"

namespace vbs::http {

/// The channel over the network. Throws Error{InvalidParameter} when `url` is no http URL.
std::unique_ptr<Channel> httpChannel(const std::string& url, const Client::Timeouts& timeouts);

/// The same, to a part of the system whose address clients must not see. Errors do not tell it, and url() is
/// `name` ("the Volume Delegate"). The log does, when the part stops answering and when it answers again.
std::unique_ptr<Channel> internalChannel(const std::string& url, const Client::Timeouts& timeouts,
                                         std::string name);

}  // namespace vbs::http
