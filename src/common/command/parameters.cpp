#include "common/command/parameters.h"

#include <utility>

#include "common/command/parameter_type.h"

namespace vbs::command {

Parameters& Parameters::set(std::string_view name, std::string value) {
  checkValue(name, value);
  values_.insert_or_assign(std::string(name), std::move(value));
  return *this;
}

Parameters& Parameters::add(const Parameters& others) {
  values_.insert(others.values_.begin(), others.values_.end());
  return *this;
}

const std::string* Parameters::find(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

}  // namespace vbs::command
