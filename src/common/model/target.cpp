#include "common/model/target.h"

#include <string>

#include "common/model/error.h"

namespace vbs {
namespace {

int requireRange(int number, int min, int max, const char* what) {
  if (number < min || number > max) {
    throw Error(ErrorCode::InvalidParameter, std::to_string(number) + " is not a " + what + ": expected " +
                                                 std::to_string(min) + " to " + std::to_string(max));
  }
  return number;
}

}  // namespace

TargetId::TargetId(int number) : number_(requireRange(number, kMin, kMax, "target id")) {}
Lun::Lun(int number) : number_(requireRange(number, kMin, kMax, "LUN")) {}

std::optional<VolumeId> volumeOf(const TargetName& targetName) {
  const std::string& name = targetName.str();
  const auto colon = name.rfind(':');
  if (colon == std::string::npos || !VolumeId::isValid(name.substr(colon + 1))) return std::nullopt;
  return VolumeId(name.substr(colon + 1));
}

}  // namespace vbs
