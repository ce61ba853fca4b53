#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vbs::soap {

/// Where a reference stands. In an attribute value a tab or line end that is no reference would become a
/// space.
enum class ReferencePlace { Content, Attribute };

/// What `&name;` stands for, in a form that gSOAP reads right: its own reader cuts references of more than
/// six characters. That is the character in UTF-8, or one of the short references (&lt; &amp; &#xA; ...)
/// where the character itself would mean markup or be normalised.
/// Nothing when XML 1.0 has no such reference. It has the five predefined entities, # and decimal digits, and
/// #x and hexadecimal digits, as many digits as one likes. The character must be one that isXmlText accepts.
std::optional<std::string> resolveReference(std::string_view name, ReferencePlace place);

}  // namespace vbs::soap
