#include "common/soap/xml_screen.h"

#include <algorithm>
#include <string>
#include <vector>

#include "common/model/error.h"
#include "common/model/text.h"
#include "common/soap/charset.h"
#include "common/soap/xml_names.h"
#include "common/soap/xml_reference.h"

namespace vbs::soap {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kSpace = " \t\r\n";

bool isSpace(char c) {
  return kSpace.find(c) != std::string_view::npos;
}

bool isNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool isNameCharacter(char c) {
  return isNameStart(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
}

bool looksLikeUtf16(std::string_view message) {
  using namespace std::string_view_literals;
  return message.starts_with("\xFF\xFE") || message.starts_with("\xFE\xFF") || message.starts_with("<\0"sv) ||
         message.starts_with("\0<"sv);
}

class Screen {
public:
  Screen(std::string_view message, std::string& rewritten) : message_(message), rewritten_(rewritten) {
    rewritten_.clear();
  }

  std::string_view run() {
    skip(kByteOrderMark);
    if (rest().starts_with("<?xml") && rest().size() > 5 && isSpace(rest()[5])) declaration();
    while (at_ < message_.size()) {
      if (message_[at_] == '<') {
        markup();
      } else {
        text();
      }
    }
    if (!open_.empty()) refuse("the message ends inside <" + printable(open_.back()) + ">", at_);
    if (!rootSeen_) refuse("there is no element", at_);
    if (copied_ == 0) return message_;
    rewritten_ += message_.substr(copied_);
    return rewritten_;
  }

private:
  [[noreturn]] static void refuse(const std::string& what, std::size_t at) {
    throw Error(ErrorCode::InvalidParameter,
                "the message is not acceptable XML: " + what + " (byte " + std::to_string(at) + ")");
  }

  std::string_view rest() const { return message_.substr(at_); }

  bool skip(std::string_view expected) {
    if (!rest().starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }

  void skipSpace() { at_ = std::min(message_.find_first_not_of(kSpace, at_), message_.size()); }

  /// What lies before the next `end`, which is consumed too.
  std::string_view upTo(std::string_view end, const char* what) {
    const auto found = message_.find(end, at_);
    if (found == std::string_view::npos) refuse(std::string("an unfinished ") + what, at_);
    const std::string_view content = message_.substr(at_, found - at_);
    at_ = found + end.size();
    return content;
  }

  /// Has gSOAP see `text` in place of the bytes from `begin` to `end`. To be called in the message's order.
  void replace(std::size_t begin, std::size_t end, std::string_view text) {
    rewritten_.append(message_, copied_, begin - copied_).append(text);
    copied_ = end;
  }

  /// Kept from gSOAP, which has a mind of its own about encodings.
  void declaration() {
    const std::size_t begin = at_;
    skip("<?xml");
    attributes("?xml", '?');
    if (!skip("?>")) refuse("an unfinished XML declaration", begin);
    for (const Attribute& attribute : attributes_) {
      if (attribute.name == "encoding" && !isUtf8Charset(attribute.value)) {
        refuse("encoding \"" + printable(attribute.value, 40) + "\": send UTF-8", attribute.begin);
      }
    }
    replace(begin, at_, "");
  }

  void markup() {
    const std::size_t begin = at_;
    if (skip("<!--")) {
      upTo("-->", "comment");
    } else if (skip("<![CDATA[")) {
      if (open_.empty()) refuse("text outside the envelope", begin);
      const std::size_t contentBegin = at_;
      const std::string_view content = upTo("]]>", "CDATA section");
      for (auto at = content.find('\r'); at != std::string_view::npos; at = content.find('\r', at + 1)) {
        lineEnd(content, at, contentBegin);
      }
    } else if (rest().starts_with("<!")) {
      refuse("a DOCTYPE or other declaration, which SOAP forbids", begin);
    } else if (rest().starts_with("<?")) {
      refuse("a processing instruction, which SOAP forbids", begin);
    } else if (skip("</")) {
      endTag(begin);
    } else {
      at_ += 1;
      startTag(begin);
    }
  }

  std::string_view name() {
    const std::size_t begin = at_;
    if (at_ < message_.size() && isNameStart(message_[at_])) {
      while (at_ < message_.size() && isNameCharacter(message_[at_])) ++at_;
    }
    if (at_ == begin) refuse("a tag or attribute without a name", begin);
    return message_.substr(begin, at_ - begin);
  }

  void startTag(std::size_t begin) {
    if (open_.empty() && rootSeen_) refuse("a second element after the envelope", begin);
    const std::string_view element = name();
    attributes(element, '/');
    rootSeen_ = true;
    names_.enter(open_.size());
    for (const Attribute& attribute : attributes_) names_.declare(attribute.name, attribute.value);
    for (const Attribute& attribute : attributes_) {
      if (isInBody() && names_.isTypeAttribute(attribute.name)) {
        type(element, attribute);
      } else {
        normalize(attribute.value, attribute.valueBegin, ReferencePlace::Attribute);
      }
    }
    if (skip("/>")) return;
    if (!skip(">")) refuse("an unfinished tag <" + printable(element) + ">", begin);
    if (open_.size() == kMaxDepth) {
      refuse("elements nested deeper than " + std::to_string(kMaxDepth), begin);
    }
    open_.push_back(element);
  }

  void endTag(std::size_t begin) {
    const std::string_view element = name();
    skipSpace();
    if (!skip(">")) refuse("an unfinished tag </" + printable(element) + ">", begin);
    if (open_.empty() || open_.back() != element) {
      refuse("</" + printable(element) + "> where " +
                 (open_.empty() ? "no element is open" : "</" + printable(open_.back()) + "> is expected"),
             begin);
    }
    open_.pop_back();
  }

  struct Attribute {
    std::size_t begin;
    std::size_t end;
    std::string_view name;
    std::string_view value;
    std::size_t valueBegin;
  };

  /// Reads into attributes_ those up to `end` or >.
  void attributes(std::string_view element, char end) {
    attributes_.clear();
    for (;;) {
      const std::size_t begin = at_;
      skipSpace();
      if (at_ == message_.size() || message_[at_] == '>' || message_[at_] == end) return;
      if (at_ == begin) refuse("an unexpected character in <" + printable(element) + ">", at_);
      attribute(element);
    }
  }

  void attribute(std::string_view element) {
    const std::size_t begin = at_;
    const std::string_view attribute = name();
    if (std::any_of(attributes_.begin(), attributes_.end(),
                    [&](const Attribute& other) { return other.name == attribute; })) {
      refuse("attribute " + printable(attribute) + " twice in <" + printable(element) + ">", begin);
    }
    if (attributes_.size() == kMaxAttributes) {
      refuse("more than " + std::to_string(kMaxAttributes) + " attributes in <" + printable(element) + ">",
             begin);
    }
    const std::string_view local = localName(attribute);
    if (local == "href" || local == "ref") {
      refuse("a reference to another element, which document/literal forbids", begin);
    }
    skipSpace();
    if (!skip("=")) refuse("attribute " + printable(attribute) + " without a value", begin);
    skipSpace();
    const char quote = at_ < message_.size() ? message_[at_] : '\0';
    if (quote != '"' && quote != '\'') refuse("attribute " + printable(attribute) + " without quotes", begin);
    ++at_;
    const std::size_t valueBegin = at_;
    const std::string_view value = upTo(std::string_view(&quote, 1), "attribute value");
    if (value.find('<') != std::string_view::npos) refuse("< in an attribute value", valueBegin);
    attributes_.push_back({begin, at_, attribute, value, valueBegin});
  }

  bool isInBody() const { return open_.size() > 1 && localName(open_[1]) == "Body"; }

  /// xsi:type. The schema says what an element is; a stack that guesses from the value (SOAP::Lite says
  /// xsd:int for 0) means no other. But a value that it has encoded is not what its user means to be kept.
  void type(std::string_view element, const Attribute& attribute) {
    switch (names_.kindOfType(attribute.value)) {
      case TypeKind::Plain:
        replace(attribute.begin, attribute.end, "");
        return;
      case TypeKind::Encoded:
        refuse("<" + printable(element) + "> as " + printable(attribute.value, 40) +
                   ", which nothing is here: send the value itself, as text in UTF-8",
               attribute.begin);
      case TypeKind::Other:
        normalize(attribute.value, attribute.valueBegin, ReferencePlace::Attribute);
    }
  }

  void text() {
    const std::size_t begin = at_;
    at_ = std::min(message_.find('<', at_), message_.size());
    const std::string_view content = message_.substr(begin, at_ - begin);
    if (open_.empty()) {
      if (content.find_first_not_of(kSpace) != std::string_view::npos) {
        refuse("text outside the envelope", begin);
      }
      return;
    }
    if (content.find("]]>") != std::string_view::npos) refuse("]]> in text", begin);
    normalize(content, begin, ReferencePlace::Content);
  }

  /// `begin`: where `content` stands in the message.
  void normalize(std::string_view content, std::size_t begin, ReferencePlace place) {
    for (auto at = content.find_first_of("&\r"); at != std::string_view::npos;
         at = content.find_first_of("&\r", at + 1)) {
      if (content[at] == '\r') {
        lineEnd(content, at, begin);
      } else {
        reference(content, at, begin, place);
      }
    }
  }

  void reference(std::string_view content, std::size_t at, std::size_t begin, ReferencePlace place) {
    const auto end = content.find(';', at);
    if (end == std::string_view::npos) refuse("& that begins no reference", begin + at);
    const std::string_view name = content.substr(at + 1, end - at - 1);
    const auto resolved = resolveReference(name, place);
    if (!resolved) {
      refuse("&" + printable(name, 40) + ";, which is no predefined entity and no XML character", begin + at);
    }
    replace(begin + at, begin + end + 1, *resolved);
  }

  /// CR LF and CR alone are LF (XML 1.0 section 2.11), which gSOAP leaves as they are.
  void lineEnd(std::string_view content, std::size_t at, std::size_t begin) {
    const bool isPair = content.substr(at + 1).starts_with('\n');
    replace(begin + at, begin + at + 1, isPair ? "" : "\n");
  }

  std::string_view message_;
  std::string& rewritten_;
  std::size_t copied_ = 0;  ///< up to here the message stands in rewritten_
  std::size_t at_ = 0;
  bool rootSeen_ = false;
  std::vector<std::string_view> open_;
  std::vector<Attribute> attributes_;  ///< of the tag being read
  XmlNames names_;
};

}  // namespace

std::string_view screenXml(std::string_view message, std::string& rewritten) {
  if (message.find_first_not_of(kSpace) == std::string_view::npos) {
    throw Error(ErrorCode::InvalidParameter, "the message is empty");
  }
  if (looksLikeUtf16(message)) {
    throw Error(ErrorCode::InvalidParameter, "the message is not acceptable XML: it is UTF-16; send UTF-8");
  }
  if (!isXmlText(message)) {
    throw Error(
        ErrorCode::InvalidParameter,
        "the message is not acceptable XML: it has bytes that are not UTF-8 or characters that XML forbids");
  }
  return Screen(message, rewritten).run();
}

}  // namespace vbs::soap
