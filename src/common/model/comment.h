#pragma once

#include <string>

namespace vbs {

/// Throws Error{InvalidParameter} for a comment that is no text of XML 1.0 or has more than 255 characters.
void requireComment(const std::string& comment);

}  // namespace vbs
