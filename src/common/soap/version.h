#pragma once

#include <string>
#include <string_view>

namespace vbs::soap {

enum class Version { Soap11, Soap12 };

/// The Content-Type of a message of that version that we send.
std::string contentTypeOf(Version version);

/// The version that a Content-Type announces: text/xml is SOAP 1.1, application/soap+xml SOAP 1.2. Throws
/// Refusal{MediaType} for any other type (multipart too) and any charset but UTF-8 (charset.h).
Version versionOf(std::string_view contentType);

}  // namespace vbs::soap
