#include "common/soap/wire.h"

#include <soapH.h>

#include <chrono>
#include <new>

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::soap {
namespace {

template <class Number>
Number* allocate(struct soap* gsoap, Number value) {
  auto* const number = static_cast<Number*>(soap_malloc(gsoap, sizeof(Number)));
  if (number == nullptr) throw std::bad_alloc();
  *number = value;
  return number;
}

}  // namespace

std::string toWire(std::string_view text) {
  return printable(text, text.size());
}

std::string* toWire(struct soap* gsoap, const std::optional<std::string>& text) {
  if (!text) return nullptr;
  std::string* const copy = soap_new_std__string(gsoap);
  *copy = toWire(*text);
  return copy;
}

int* toWire(struct soap* gsoap, std::optional<int> number) {
  return number ? allocate(gsoap, *number) : nullptr;
}

LONG64* toWire(struct soap* gsoap, std::optional<std::int64_t> number) {
  return number ? allocate<LONG64>(gsoap, *number) : nullptr;
}

bool* toWire(struct soap* gsoap, bool flag) {
  return flag ? allocate(gsoap, true) : nullptr;
}

std::time_t* toWire(struct soap* gsoap, std::optional<Time> time) {
  return time ? allocate(gsoap, toWire(*time)) : nullptr;
}

std::time_t toWire(Time time) {
  return time.time_since_epoch().count();
}

Time timeFromWire(std::time_t time) {
  return Time(std::chrono::seconds(time));
}

std::optional<std::string> fromWire(const std::string* text) {
  return text != nullptr ? std::optional(*text) : std::nullopt;
}

std::optional<int> fromWire(const int* number) {
  return number != nullptr ? std::optional(*number) : std::nullopt;
}

std::optional<std::int64_t> fromWire(const LONG64* number) {
  return number != nullptr ? std::optional<std::int64_t>(*number) : std::nullopt;
}

bool fromWire(const bool* flag) {
  return flag != nullptr && *flag;
}

void requireFewIds(const std::vector<std::string>& texts) {
  if (texts.size() > kMaxIds) {
    throw Error(ErrorCode::InvalidParameter, std::to_string(texts.size()) + " ids in one request: at most " +
                                                 std::to_string(kMaxIds) + " are allowed, ask in parts");
  }
}

t__OperationContext* toWire(struct soap* gsoap, const OperationContext& operation) {
  t__OperationContext* const wire = soap_new_t__OperationContext(gsoap);
  wire->operationId = operation.operationId.str();
  wire->requestId = operation.requestId.str();
  wire->undo = toWire(gsoap, operation.undo);
  wire->delegateId = toWire(gsoap, operation.delegateId);
  wire->callNumber = toWire(gsoap, operation.callNumber);
  return wire;
}

t__Commander* toWire(struct soap* gsoap, const Commander& service) {
  t__Commander* const wire = soap_new_t__Commander(gsoap);
  wire->instance = service.instance.str();
  wire->name = toWire(service.name);
  return wire;
}

Commander fromWire(const t__Commander& service) {
  return {.instance = ServiceInstanceId(service.instance), .name = service.name};
}

std::string* toWire(struct soap* gsoap, ListingState state) {
  if (state == ListingState::Complete) return nullptr;
  return toWire(gsoap, std::optional<std::string>(toString(state)));
}

ListingState listingStateFromWire(const std::string* text) {
  if (text == nullptr) return ListingState::Complete;
  return parseListingState(*text).value_or(ListingState::Unknown);
}

OperationContext fromWire(const t__OperationContext& operation) {
  return {
      .operationId = OperationId(operation.operationId),
      .requestId = RequestId(operation.requestId),
      .undo = fromWire(operation.undo),
      .delegateId = nameFromWire<DelegateId>(operation.delegateId),
      .callNumber = fromWire(operation.callNumber),
  };
}

}  // namespace vbs::soap
