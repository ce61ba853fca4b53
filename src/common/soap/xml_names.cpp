#include "common/soap/xml_names.h"

#include <algorithm>
#include <array>

namespace vbs::soap {
namespace {

constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";
/// Those whose types an xsi:type may name although the contract has others.
constexpr std::array<std::string_view, 3> kTypeNamespaces{"http://www.w3.org/2001/XMLSchema",
                                                          "http://schemas.xmlsoap.org/soap/encoding/",
                                                          "http://www.w3.org/2003/05/soap-encoding"};
constexpr std::array<std::string_view, 3> kEncodedTypes{"base64Binary", "hexBinary", "base64"};

template <class List>
bool contains(const List& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// Empty for a name without one.
std::string_view prefixOf(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

std::string_view localName(std::string_view name) {
  return name.substr(name.rfind(':') + 1);
}

void XmlNames::enter(std::size_t depth) {
  while (!declarations_.empty() && declarations_.back().depth >= depth) declarations_.pop_back();
  depth_ = depth;
}

void XmlNames::declare(std::string_view attribute, std::string_view value) {
  if (attribute == "xmlns") {
    declarations_.push_back({depth_, {}, value});
  } else if (prefixOf(attribute) == "xmlns") {
    declarations_.push_back({depth_, localName(attribute), value});
  }
}

bool XmlNames::isTypeAttribute(std::string_view attribute) const {
  const std::string_view prefix = prefixOf(attribute);
  return !prefix.empty() && localName(attribute) == "type" && uriOf(prefix) == kXsi;
}

TypeKind XmlNames::kindOfType(std::string_view type) const {
  type = trimmed(type);
  if (!contains(kTypeNamespaces, uriOf(prefixOf(type)))) return TypeKind::Other;
  return contains(kEncodedTypes, localName(type)) ? TypeKind::Encoded : TypeKind::Plain;
}

std::string_view XmlNames::uriOf(std::string_view prefix) const {
  const auto found =
      std::find_if(declarations_.rbegin(), declarations_.rend(),
                   [&](const Declaration& declaration) { return declaration.prefix == prefix; });
  return found == declarations_.rend() ? std::string_view() : found->uri;
}

}  // namespace vbs::soap
