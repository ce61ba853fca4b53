#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace vbs::soap {

/// "Body" of "soap:Body".
std::string_view localName(std::string_view name);

/// What an xsi:type says of how a value is written.
enum class TypeKind {
  Plain,    ///< a type of XML Schema or of SOAP's encoding whose values are written as themselves
  Encoded,  ///< base64 or hexadecimal digits
  Other,    ///< of another namespace
};

/// The namespaces in force at one place of a message that is read from its beginning to its end. Keeps views
/// of the message. Not thread-safe.
class XmlNames {
public:
  /// At a start tag that `depth` elements are open around, before its declarations.
  void enter(std::size_t depth);
  /// An attribute of that tag, which may be a declaration. A namespace that is spelt with references is not
  /// known.
  void declare(std::string_view attribute, std::string_view value);

  /// True for xsi:type under whatever prefix.
  bool isTypeAttribute(std::string_view attribute) const;
  /// `type`: the value of an xsi:type.
  TypeKind kindOfType(std::string_view type) const;

private:
  struct Declaration {
    std::size_t depth;
    std::string_view prefix;  ///< empty: the default namespace
    std::string_view uri;
  };

  /// Empty when it is not declared.
  std::string_view uriOf(std::string_view prefix) const;

  std::size_t depth_ = 0;
  std::vector<Declaration> declarations_;  ///< the innermost last
};

}  // namespace vbs::soap
