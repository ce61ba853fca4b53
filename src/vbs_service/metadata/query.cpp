#include "vbs_service/metadata/query.h"

#include <string>

namespace vbs::metadata {

void Query::requireParameters(std::size_t given) const {
  const auto wanted = static_cast<std::size_t>(statement_->getBindParameterCount());
  if (given == wanted) return;
  throw Error(ErrorCode::InternalError, "a statement with " + std::to_string(wanted) +
                                            " parameters was given " + std::to_string(given) + ": " +
                                            statement_->getQuery());
}

void Query::throwNull(const char* column) const {
  throw Error(ErrorCode::InternalError,
              std::string("the metadata hold nothing in ") + column + ": " + statement_->getQuery());
}

}  // namespace vbs::metadata
