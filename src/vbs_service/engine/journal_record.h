#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace vbs::engine {

/// What the journal keeps of an operation beside the columns of its row: a flat object, as JSON text. A value
/// type.
class JournalRecord {
public:
  /// monostate: something that no program has written yet.
  using Value = std::variant<std::monostate, bool, std::int64_t, std::string>;
  using Values = std::map<std::string, Value, std::less<>>;

  JournalRecord() = default;
  /// Throws Error{InternalError} for what is no JSON object.
  explicit JournalRecord(const std::string& text);
  std::string text() const;

  void put(std::string_view name, Value value) {
    values_.insert_or_assign(std::string(name), std::move(value));
  }
  bool has(std::string_view name) const { return values_.contains(name); }
  /// Throws Error{InternalError} when it is absent or no Stored.
  template <class Stored>
  const Stored& get(std::string_view name) const {
    const auto found = values_.find(name);
    const auto* stored = found == values_.end() ? nullptr : std::get_if<Stored>(&found->second);
    if (stored == nullptr) throwNotThere(name);
    return *stored;
  }
  const Values& values() const noexcept { return values_; }

private:
  [[noreturn]] static void throwNotThere(std::string_view name);

  Values values_;
};

}  // namespace vbs::engine
