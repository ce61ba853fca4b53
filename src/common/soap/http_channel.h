#pragma once

#include <memory>

#include "common/soap/channel.h"
#include "common/soap/http_client.h"

namespace vbs::soap {

/// The channel over the network. Throws Error{InvalidParameter} when `url` is no http URL.
std::unique_ptr<Channel> httpChannel(const std::string& url, const HttpClient::Timeouts& timeouts);

}  // namespace vbs::soap
