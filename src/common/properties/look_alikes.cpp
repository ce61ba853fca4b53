#include "common/properties/look_alikes.h"

#include <algorithm>
#include <array>
#include <set>

namespace vbs {
namespace {

struct Range {
  char32_t first;
  char32_t last;
  std::string_view name;
  std::string_view
      meant;  ///< what it is taken for; empty: it is not seen, or shows nothing that could be meant
};

// Unicode 15, in the order of the code points.
constexpr std::array kRanges{
    Range{0x0080, 0x009F, "a control character", ""},
    Range{0x00A0, 0x00A0, "a no-break space", "space"},
    Range{0x00AD, 0x00AD, "a soft hyphen", ""},
    Range{0x034F, 0x034F, "a combining grapheme joiner", ""},
    Range{0x061C, 0x061C, "an Arabic letter mark", ""},
    Range{0x115F, 0x1160, "a Hangul filler", ""},
    Range{0x1680, 0x1680, "an Ogham space mark", "space"},
    Range{0x180E, 0x180E, "a Mongolian vowel separator", ""},
    Range{0x2000, 0x200A, "a space of another width", "space"},
    Range{0x200B, 0x200B, "a zero width space", ""},
    Range{0x200C, 0x200C, "a zero width non-joiner", ""},
    Range{0x200D, 0x200D, "a zero width joiner", ""},
    Range{0x200E, 0x200F, "a mark of the writing direction", ""},
    Range{0x2010, 0x2010, "a typographic hyphen", "-"},
    Range{0x2011, 0x2011, "a no-break hyphen", "-"},
    Range{0x2012, 0x2012, "a figure dash", "-"},
    Range{0x2013, 0x2013, "an en dash", "- or --"},
    Range{0x2014, 0x2014, "an em dash", "- or --"},
    Range{0x2015, 0x2015, "a horizontal bar", "- or --"},
    Range{0x2018, 0x201B, "a typographic quotation mark", "'"},
    Range{0x201C, 0x201F, "a typographic quotation mark", "\""},
    Range{0x2024, 0x2024, "a one dot leader", "."},
    Range{0x2026, 0x2026, "an ellipsis", "..."},
    Range{0x2028, 0x2029, "a separator of lines or paragraphs", ""},
    Range{0x202A, 0x202E, "a mark of the writing direction", ""},
    Range{0x202F, 0x202F, "a narrow no-break space", "space"},
    Range{0x2032, 0x2032, "a prime", "'"},
    Range{0x2033, 0x2033, "a double prime", "\""},
    Range{0x2044, 0x2044, "a fraction slash", "/"},
    Range{0x205F, 0x205F, "a mathematical space", "space"},
    Range{0x2060, 0x2060, "a word joiner", ""},
    Range{0x2061, 0x2064, "an invisible operator", ""},
    Range{0x2065, 0x206F, "a mark of the writing direction", ""},
    Range{0x2212, 0x2212, "a minus sign", "-"},
    Range{0x2215, 0x2215, "a division slash", "/"},
    Range{0x2800, 0x2800, "a blank Braille pattern", "space"},
    Range{0x3000, 0x3000, "an ideographic space", "space"},
    Range{0x3164, 0x3164, "a Hangul filler", ""},
    Range{0xFE00, 0xFE0F, "a variation selector", ""},
    Range{0xFE58, 0xFE58, "a small em dash", "- or --"},
    Range{0xFE63, 0xFE63, "a small hyphen-minus", "-"},
    Range{0xFEFF, 0xFEFF, "a byte order mark", ""},
    Range{0xFF01, 0xFF5E, "a full-width form", ""},  // what is meant is computed
    Range{0xFFA0, 0xFFA0, "a Hangul filler", ""},
    Range{0xFFF9, 0xFFFB, "an annotation mark", ""},
    Range{0xFFFD, 0xFFFD, "the sign for a character that was lost", ""},
    Range{0xE0000, 0xE007F, "an invisible tag", ""},
};

const Range* rangeOf(char32_t code) {
  const auto* const after = std::upper_bound(kRanges.begin(), kRanges.end(), code,
                                             [](char32_t c, const Range& range) { return c < range.first; });
  if (after == kRanges.begin() || code > std::prev(after)->last) return nullptr;
  return std::prev(after);
}

/// Cuts the first character off `text`, which is well-formed.
char32_t takeCharacter(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80U ? 1 : lead < 0xE0U ? 2 : lead < 0xF0U ? 3 : 4;
  char32_t code = length == 1 ? lead : lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length && i < text.size(); ++i) {
    code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  }
  text.remove_prefix(std::min(length, text.size()));
  return code;
}

/// U+00A0
std::string notation(char32_t code) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string hex;
  for (auto rest = static_cast<std::uint32_t>(code); rest > 0; rest >>= 4U) {
    hex.insert(hex.begin(), kDigits[rest & 0xFU]);
  }
  return "U+" + std::string(hex.size() < 4 ? 4 - hex.size() : 0, '0') + hex;
}

std::string describe(char32_t code, const Range& range) {
  constexpr char32_t kFirstFullWidth = 0xFF01;
  constexpr char32_t kLastFullWidth = 0xFF5E;
  std::string text = notation(code) + ", " + std::string(range.name);
  if (code >= kFirstFullWidth && code <= kLastFullWidth) {
    return text + ", is not the " + static_cast<char>(code - kFirstFullWidth + '!') + " that it looks like";
  }
  if (range.meant.empty()) return text + ", does not show and is part of the value all the same";
  return text + ", is not the " + std::string(range.meant) + " that it looks like";
}

}  // namespace

std::vector<LookAlike> findLookAlikes(std::string_view line) {
  std::vector<LookAlike> found;
  std::set<char32_t> seen;
  for (std::size_t column = 1; !line.empty(); ++column) {
    const char32_t code = takeCharacter(line);
    const Range* range = rangeOf(code);
    if (range != nullptr && seen.insert(code).second) found.push_back({column, describe(code, *range)});
  }
  return found;
}

}  // namespace vbs
