#include "common/model/comment.h"

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs {
namespace {

constexpr std::size_t kMaxCommentCharacters = 255;

}  // namespace

void requireComment(const std::string& comment) {
  if (!isXmlText(comment)) {
    throw Error(ErrorCode::InvalidParameter,
                "the comment holds what is no text of XML 1.0: leave control characters out");
  }
  if (characterCount(comment) > kMaxCommentCharacters) {
    throw Error(ErrorCode::InvalidParameter, "the comment has " + std::to_string(characterCount(comment)) +
                                                 " characters: at most " +
                                                 std::to_string(kMaxCommentCharacters) + " are kept");
  }
}

}  // namespace vbs
