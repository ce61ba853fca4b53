#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vbs::soap {

/// The deepest nesting of elements that a message may have.
constexpr std::size_t kMaxDepth = 32;
/// The most attributes that one element may have.
constexpr std::size_t kMaxAttributes = 64;

/// Refuses what a SOAP message must not have and gSOAP lets through or cuts short:
/// - text that is not well-formed XML in UTF-8: NUL, control characters and characters beyond Unicode, also
///   as character references; undefined entities, tags that do not match, doubled attributes,
/// - a DOCTYPE, processing instructions, references between elements (href, ref),
/// - nesting and attributes beyond the limits,
/// - values in the body that an xsi:type says are encoded (base64, hexadecimal).
///
/// One pass, no memory but the stack of open elements and their namespaces. Whether namespaces are right is
/// left to gSOAP.
///
/// Returns the message in a form that gSOAP reads right. It has no XML declaration, and no xsi:types of XML
/// Schema's own simple types, as the contract says what a value is. References are resolved
/// (xml_reference.h), line ends normalised. That is `message` itself when there is nothing to change, else it
/// is kept in `rewritten`.
///
/// Throws Error{InvalidParameter} that says what is wrong and at which byte of `message`.
std::string_view screenXml(std::string_view message, std::string& rewritten);

}  // namespace vbs::soap
