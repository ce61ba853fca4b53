#include "common/model/size.h"

#include <string>

#include "common/model/error.h"

namespace vbs {

SizeGiB::SizeGiB(std::int64_t gib) : gib_(gib) {
  if (gib < kMin || gib > kMax) {
    throw Error(ErrorCode::InvalidParameter, std::to_string(gib) + " is not a size: expected " +
                                                 std::to_string(kMin) + " to " + std::to_string(kMax) +
                                                 " GiB");
  }
}

}  // namespace vbs
