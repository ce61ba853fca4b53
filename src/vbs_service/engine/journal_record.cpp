#include "vbs_service/engine/journal_record.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "common/model/error.h"

namespace vbs::engine {
namespace {

using nlohmann::json;

JournalRecord::Value valueOf(const json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return number <= kMost ? JournalRecord::Value(static_cast<std::int64_t>(number)) : JournalRecord::Value();
  }
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_string()) return value.get<std::string>();
  return {};
}

struct Print {
  json operator()(std::monostate /*unknown*/) const { return nullptr; }
  template <class Stored>
  json operator()(const Stored& stored) const {
    return stored;
  }
};

}  // namespace

JournalRecord::JournalRecord(const std::string& text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) throw Error(ErrorCode::InternalError, "it is no JSON object");
  for (const auto& [name, value] : object.items()) put(name, valueOf(value));
}

std::string JournalRecord::text() const {
  json object = json::object();
  for (const auto& [name, value] : values_) object[name] = std::visit(Print{}, value);
  // A reason may quote a command's output: never fail over a stray byte.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

void JournalRecord::throwNotThere(std::string_view name) {
  throw Error(ErrorCode::InternalError, "its " + std::string(name) + " is missing or of another type");
}

}  // namespace vbs::engine
