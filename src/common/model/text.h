#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vbs {

/// True for well-formed UTF-8 whose characters may all stand in XML 1.0. Refused are overlong forms,
/// surrogates and what is past U+10FFFF (RFC 3629), control characters but tab, LF and CR, and U+007F,
/// U+FFFE, U+FFFF. What passes can be stored, shown and sent to any strict client.
bool isXmlText(std::string_view text);

/// `text` with what isXmlText refuses replaced by '?', cut to at most `limit` bytes on a character boundary
/// ("..." marks the cut). For messages that quote input or a command's output.
std::string printable(std::string_view text, std::size_t limit = 200);

/// The end of `text`, at most `limit` bytes, made printable; cut on a character boundary.
std::string printableTail(std::string_view text, std::size_t limit = 2048);

/// `text` with A-Z in lower case, whatever the locale.
std::string lowerAscii(std::string_view text);

/// The number of characters (code points) of well-formed UTF-8.
std::size_t characterCount(std::string_view text);

}  // namespace vbs
