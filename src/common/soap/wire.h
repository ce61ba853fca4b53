#pragma once

// Between the model and gSOAP's generated types; inside the soap adapters only. Objects that toWire makes
// belong to `context`. fromWire throws Error{InvalidParameter} for what the model refuses; a status that is
// not known becomes Unknown (docs/contracts.md).

#include <soapStub.h>

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/api/context.h"
#include "common/api/vbs_service.h"

namespace vbs::soap {

/// The most ids that one request may name.
constexpr std::size_t kMaxIds = 1000;

/// `text` with what XML cannot carry replaced by '?', so that only well-formed messages leave us.
std::string toWire(std::string_view text);

std::string* toWire(struct soap* context, const std::optional<std::string>& text);
int* toWire(struct soap* context, std::optional<int> number);
LONG64* toWire(struct soap* context, std::optional<std::int64_t> number);
/// Absent when false: the contracts' default.
bool* toWire(struct soap* context, bool flag);
template <class Kind>
std::string* toWire(struct soap* context, const std::optional<Name<Kind>>& name) {
  return name ? toWire(context, std::optional(name->str())) : nullptr;
}
template <class Kind>
std::vector<std::string> toWire(const std::vector<Name<Kind>>& names) {
  std::vector<std::string> texts;
  texts.reserve(names.size());
  for (const auto& name : names) texts.push_back(name.str());
  return texts;
}

/// xs:dateTime, to the second.
std::time_t toWire(Time time);
Time timeFromWire(std::time_t time);

std::optional<std::string> fromWire(const std::string* text);
std::optional<int> fromWire(const int* number);
std::optional<std::int64_t> fromWire(const LONG64* number);
bool fromWire(const bool* flag);
template <class Id>
std::optional<Id> nameFromWire(const std::string* text) {
  return text != nullptr ? std::optional<Id>(*text) : std::nullopt;
}
template <class Id>
std::vector<Id> namesFromWire(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}
/// Throws Error{InvalidParameter} when there are more than kMaxIds.
void requireFewIds(const std::vector<std::string>& texts);

t__Volume* toWire(struct soap* context, const Volume& volume);
t__Snapshot* toWire(struct soap* context, const Snapshot& snapshot);
t__Attachment* toWire(struct soap* context, const Attachment& attachment);
t__OperationContext* toWire(struct soap* context, const OperationContext& operation);

Volume fromWire(const t__Volume& volume);
Snapshot fromWire(const t__Snapshot& snapshot);
Attachment fromWire(const t__Attachment& attachment);
OperationContext fromWire(const t__OperationContext& operation);

}  // namespace vbs::soap
