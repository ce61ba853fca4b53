#pragma once

#include <string>

#include "common/model/records.h"

namespace vbs::cli {

/// "2009-12-09T10:00:00Z": the wire's form, in every output format.
std::string utc(Time time);

}  // namespace vbs::cli
