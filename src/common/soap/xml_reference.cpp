#include "common/soap/xml_reference.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "common/model/text.h"

namespace vbs::soap {
namespace {

constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
    {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}}};

/// A code point up to U+1FFFFF; what is no character is left to isXmlText.
std::string utf8(std::uint32_t code) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  const auto continuation = [&](unsigned shift) { return byte(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0U | (code >> 6U)), continuation(0)};
  if (code < 0x10000) return {byte(0xE0U | (code >> 12U)), continuation(6), continuation(0)};
  return {byte(0xF0U | (code >> 18U)), continuation(12), continuation(6), continuation(0)};
}

/// The code point of #65 or #x41; nothing for other spellings and what is beyond Unicode.
std::optional<std::uint32_t> codePoint(std::string_view name) {
  constexpr std::uint32_t kLast = 0x10FFFF;
  if (!name.starts_with('#')) return std::nullopt;
  name.remove_prefix(1);
  int base = 10;
  if (name.starts_with('x')) {
    base = 16;
    name.remove_prefix(1);
  }
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), code, base);
  if (error != std::errc{} || end != name.data() + name.size() || code > kLast) return std::nullopt;
  return code;
}

std::optional<std::string> characterOf(std::string_view name) {
  for (const auto& [entity, character] : kEntities) {
    if (name == entity) return std::string(1, character);
  }
  const auto code = codePoint(name);
  if (!code) return std::nullopt;
  std::string character = utf8(*code);
  if (!isXmlText(character)) return std::nullopt;
  return character;
}

}  // namespace

std::optional<std::string> resolveReference(std::string_view name, ReferencePlace place) {
  std::optional<std::string> character = characterOf(name);
  if (!character || character->size() > 1) return character;
  for (const auto& [entity, meant] : kEntities) {
    if (character->front() == meant) return "&" + std::string(entity) + ";";
  }
  if (place == ReferencePlace::Content) return character;
  switch (character->front()) {
    case '\t':
      return "&#x9;";
    case '\n':
      return "&#xA;";
    case '\r':
      return "&#xD;";
    default:
      return character;
  }
}

}  // namespace vbs::soap
