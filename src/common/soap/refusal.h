#pragma once

#include <string>

#include "common/model/error.h"

namespace vbs::soap {

/// A message that is refused before any operation sees it, for a reason that has a code of its own in SOAP or
/// HTTP. Its ErrorCode is InvalidParameter.
class Refusal : public Error {
public:
  enum class Reason {
    MediaType,        ///< no SOAP by its Content-Type: HTTP 415
    VersionMismatch,  ///< an envelope of neither SOAP 1.1 nor SOAP 1.2
    MustUnderstand,   ///< a header that must be understood and is not
  };

  Refusal(Reason reason, const std::string& message)
      : Error(ErrorCode::InvalidParameter, message), reason_(reason) {}

  Reason reason() const noexcept { return reason_; }

private:
  Reason reason_;
};

}  // namespace vbs::soap
