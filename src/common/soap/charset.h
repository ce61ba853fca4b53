#pragma once

#include <string_view>

namespace vbs::soap {

/// True for the names under which UTF-8, or its part US-ASCII, is announced in a Content-Type or an XML
/// declaration. These are utf-8 in any case, and known misspellings.
bool isUtf8Charset(std::string_view name);

}  // namespace vbs::soap
