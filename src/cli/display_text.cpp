#include "cli/display_text.h"

#include <fmt/format.h>

#include <clocale>
#include <cwchar>
#include <vector>

namespace vbs::cli {
namespace {

/// One character, or one byte that belongs to none.
struct Glyph {
  std::string text;  ///< as it can be printed
  int columns;       ///< of `text`
  bool safe;         ///< `text` is the character itself
};

/// Makes the calling thread read UTF-8 whatever the user's locale is, as the service speaks nothing else.
/// Where the C library has no such locale, everything but ASCII is escaped.
class Utf8Scope {
public:
  Utf8Scope() {
    static const locale_t kUtf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (kUtf8 != nullptr) former_ = uselocale(kUtf8);
  }
  ~Utf8Scope() {
    if (former_ != nullptr) uselocale(former_);
  }
  Utf8Scope(const Utf8Scope&) = delete;
  Utf8Scope& operator=(const Utf8Scope&) = delete;

private:
  locale_t former_ = nullptr;
};

/// The characters that change the direction of the text around them (Unicode annex 9): a comment could make
/// its line read as something else.
bool changesDirection(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

std::string escape(char32_t c) {
  switch (c) {
    case U'\n':
      return "\\n";
    case U'\t':
      return "\\t";
    case U'\r':
      return "\\r";
    default:
      return c > 0xFFFF ? fmt::format("\\U{:08x}", static_cast<unsigned>(c))
                        : fmt::format("\\u{:04x}", static_cast<unsigned>(c));
  }
}

Glyph escapedGlyph(std::string text) {
  const int columns = static_cast<int>(text.size());
  return {std::move(text), columns, false};
}

std::vector<Glyph> glyphsOf(std::string_view text) {
  const Utf8Scope utf8;
  std::vector<Glyph> glyphs;
  glyphs.reserve(text.size());
  while (!text.empty()) {
    std::mbstate_t state{};
    wchar_t wide = 0;
    std::size_t length = std::mbrtowc(&wide, text.data(), text.size(), &state);
    if (length == 0) length = 1;  // the character U+0000
    if (length > text.size()) {   // no UTF-8, or the text ends within a character
      glyphs.push_back(escapedGlyph(fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()))));
      text.remove_prefix(1);
      continue;
    }
    const int columns = wcwidth(wide);
    if (wide == 0 || columns < 0 || changesDirection(static_cast<char32_t>(wide))) {
      glyphs.push_back(escapedGlyph(escape(static_cast<char32_t>(wide))));
    } else {
      glyphs.push_back({std::string(text.substr(0, length)), columns, true});
    }
    text.remove_prefix(length);
  }
  return glyphs;
}

}  // namespace

std::string visible(std::string_view text) {
  std::string result;
  for (const Glyph& glyph : glyphsOf(text)) result += glyph.text;
  return result;
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const Glyph& glyph : glyphsOf(text)) {
    result += glyph.safe && glyph.text == "\\" ? "\\\\" : glyph.text;
  }
  return result;
}

bool isSafeToPrint(std::string_view text) {
  for (const Glyph& glyph : glyphsOf(text)) {
    if (!glyph.safe && glyph.text != "\\n") return false;
  }
  return true;
}

int columnsOf(std::string_view text) {
  int columns = 0;
  for (const Glyph& glyph : glyphsOf(text)) columns += glyph.columns;
  return columns;
}

std::string cutTo(std::string_view text, int columns) {
  constexpr std::string_view kCut = "…";
  std::string result;
  std::string fitting;  // the longest beginning that leaves room for kCut
  int width = 0;
  for (const Glyph& glyph : glyphsOf(text)) {
    width += glyph.columns;
    if (width > columns) return fitting + std::string(kCut);
    result += glyph.text;
    if (width < columns) fitting = result;
  }
  return result;
}

}  // namespace vbs::cli
