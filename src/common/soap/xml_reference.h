#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vbs::soap {

/// Where a reference stands. In an attribute value a tab or line end that is no reference would become a
/// space.
enum class ReferencePlace { Content, Attribute };

/// What `&name;` stands for, as gSOAP reads it right, whose own reader cuts references of more than six
/// characters: the character in UTF-8, or one of the short references (&lt; &amp; &#xA; ...) where the
/// character itself would mean markup or be normalised. Nothing when XML 1.0 has no such reference: `name` is
/// none of the five predefined entities, and neither # and decimal digits nor #x and hexadecimal ones, as
/// many as one likes, of a character that isXmlText lets pass.
std::optional<std::string> resolveReference(std::string_view name, ReferencePlace place);

}  // namespace vbs::soap
