#pragma once

// Between the model and gSOAP's generated types; inside the soap adapters only. Objects that toWire makes
// belong to `gsoap`. fromWire throws Error{InvalidParameter} for what the model refuses. This is what the
// contracts share; each contract's folder has its own.

#include <soapStub.h>

#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/api/context.h"
#include "common/api/delegate_identity.h"
#include "common/model/listing.h"
#include "common/model/records.h"

namespace vbs::soap {

/// The most ids that one request may name.
constexpr std::size_t kMaxIds = 1000;

/// `text` with what XML cannot carry replaced by '?', so that only well-formed messages leave us.
std::string toWire(std::string_view text);

std::string* toWire(struct soap* gsoap, const std::optional<std::string>& text);
int* toWire(struct soap* gsoap, std::optional<int> number);
LONG64* toWire(struct soap* gsoap, std::optional<std::int64_t> number);
/// Absent when false: the contracts' default.
bool* toWire(struct soap* gsoap, bool flag);
template <class Kind>
std::string* toWire(struct soap* gsoap, const std::optional<Name<Kind>>& name) {
  return name ? toWire(gsoap, std::optional(name->str())) : nullptr;
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
std::time_t* toWire(struct soap* gsoap, std::optional<Time> time);
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

t__OperationContext* toWire(struct soap* gsoap, const OperationContext& operation);
t__Commander* toWire(struct soap* gsoap, const Commander& service);

OperationContext fromWire(const t__OperationContext& operation);
Commander fromWire(const t__Commander& service);

/// A listing's state: absent on the wire when it is complete; one that this program does not know is Unknown.
std::string* toWire(struct soap* gsoap, ListingState state);
ListingState listingStateFromWire(const std::string* text);

/// A list type of the delegates' contracts, `items` being its element, and back. `convert`: toWire or
/// fromWire of an item.
template <class WireList, class WireItem, class Item, class Convert>
void fillListing(struct soap* gsoap, WireList& list, std::vector<WireItem*> WireList::*items,
                 const Listing<Item>& listing, Convert convert) {
  for (const Item& item : listing) (list.*items).push_back(convert(gsoap, item));
  list.state = toWire(gsoap, listing.state);
  if (!listing.reason.empty()) list.reason = toWire(gsoap, std::optional(listing.reason));
}
template <class Item, class WireList, class WireItem, class Convert>
Listing<Item> listingFromWire(const WireList& list, const std::vector<WireItem*>& items, Convert convert) {
  Listing<Item> listing;
  for (const WireItem* item : items) listing.items.push_back(convert(*item));
  listing.state = listingStateFromWire(list.state);
  listing.reason = fromWire(list.reason).value_or("");
  return listing;
}

/// What describeDelegate tells of a delegate's identity, the same in both contracts.
template <class Response>
void fillIdentity(struct soap* gsoap, Response& response, const DelegateIdentity& identity) {
  response.delegateId = toWire(gsoap, identity.id);
  for (const std::string& other : identity.otherCommanders) response.otherCommander.push_back(toWire(other));
}
template <class Response>
DelegateIdentity identityFromWire(const Response& response) {
  return {.id = nameFromWire<DelegateId>(response.delegateId), .otherCommanders = response.otherCommander};
}

}  // namespace vbs::soap
