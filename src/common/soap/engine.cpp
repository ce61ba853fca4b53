#include "common/soap/engine.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include "common/model/error.h"
#include "common/model/text.h"
#include "common/soap/refusal.h"
#include "common/soap/xml_screen.h"

// The table that the runtime library looks for. Both versions of SOAP are understood, and no others: the
// generated table has wildcards.
// NOLINTNEXTLINE(readability-identifier-naming,cppcoreguidelines-avoid-non-const-global-variables)
SOAP_NMAC struct Namespace namespaces[] = {
    {"SOAP-ENV", "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope",
     nullptr},
    {"SOAP-ENC", "http://schemas.xmlsoap.org/soap/encoding/", "http://www.w3.org/2003/05/soap-encoding",
     nullptr},
    {"xsi", "http://www.w3.org/2001/XMLSchema-instance", nullptr, nullptr},
    {"xsd", "http://www.w3.org/2001/XMLSchema", nullptr, nullptr},
    {"t", "urn:vbs:types:1", nullptr, nullptr},
    {"vbs", "urn:vbs:service:1", nullptr, nullptr},
    {"adm", "urn:vbs:admin:1", nullptr, nullptr},
    {"vd", "urn:vbs:volume-delegate:1", nullptr, nullptr},
    {"vmm", "urn:vbs:vmm-delegate:1", nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr}};

namespace vbs::soap {
namespace {

constexpr long kMaxStringBytes = 65536;
/// Of one element in a list; the size of the message bounds it sooner.
constexpr std::size_t kMaxOccurrences = 1'000'000;

/// gSOAP's own numbers.
constexpr short kGsoapVersion11 = 1;
constexpr short kGsoapVersion12 = 2;

/// How a person calls what gSOAP found wrong. It leaves the element at fault or, for what is missing or
/// stands outside any expected element, the one around it.
std::string describe(int error, const std::string& element) {
  if (error == SOAP_NO_TAG) return "the body is empty";
  if (element.empty()) return "the envelope does not hold what the WSDL says";
  switch (error) {
    case SOAP_TAG_MISMATCH:
      return "element <" + element + "> is not expected there: unknown, repeated or of the wrong namespace";
    case SOAP_OCCURS:
      return "<" + element + "> lacks a required element";
    case SOAP_TYPE:
    case SOAP_EMPTY:
      return "the value of <" + element + "> is not of its type";
    case SOAP_NULL:
      return "element <" + element + "> must not be nil";
    case SOAP_LENGTH:
      return "the value of <" + element + "> is too long or out of range";
    case SOAP_NAMESPACE:
      return "a namespace prefix of <" + element + "> is not declared";
    default:
      return "unexpected content in or after <" + element + ">";
  }
}

/// What a message with an element of that prefix declares: the envelope, the common types and that contract.
/// For the life of the program.
const struct Namespace* namespacesOf(std::string_view prefix) {
  using Table = std::array<struct Namespace, 5>;
  static const std::map<std::string_view, Table> kTables = [] {
    constexpr std::size_t kTypes = 4;  // where the contracts begin in the table above
    const struct Namespace& types = namespaces[kTypes];
    const struct Namespace end {};
    std::map<std::string_view, Table> tables{{types.id, {namespaces[0], namespaces[1], types, end, end}}};
    for (const struct Namespace* contract = &types + 1; contract->id != nullptr; ++contract) {
      tables.insert({contract->id, {namespaces[0], namespaces[1], types, *contract, end}});
    }
    return tables;
  }();
  return kTables.at(prefix).data();
}

}  // namespace

void Engine::Delete::operator()(struct soap* gsoap) const noexcept {
  soap_destroy(gsoap);
  soap_end(gsoap);
  soap_free(gsoap);
}

Engine::Engine()
    : gsoap_(
          soap_new1(SOAP_C_UTFSTRING | SOAP_XML_STRICT | SOAP_XML_TREE | SOAP_XML_NOTYPE | SOAP_IO_BUFFER)) {
  if (!gsoap_) throw std::bad_alloc();
  gsoap_->user = this;
  gsoap_->frecv = &Engine::receive;
  gsoap_->fsend = &Engine::send;
  gsoap_->maxlevel = kMaxDepth;
  gsoap_->maxlength = kMaxStringBytes;
  gsoap_->maxoccurs = kMaxOccurrences;
}

std::size_t Engine::receive(struct soap* gsoap, char* buffer, std::size_t size) {
  auto& self = *static_cast<Engine*>(gsoap->user);
  const std::size_t count = std::min(size, self.input_.size());
  std::memcpy(buffer, self.input_.data(), count);
  self.input_.remove_prefix(count);
  return count;
}

int Engine::send(struct soap* gsoap, const char* data, std::size_t size) {
  static_cast<Engine*>(gsoap->user)->output_.append(data, size);
  return SOAP_OK;
}

void Engine::open(std::string_view message) {
  input_ = screenXml(message, screened_);
  struct soap* const gsoap = gsoap_.get();
  if (soap_begin_recv(gsoap) != SOAP_OK) refuse();
  if (soap_envelope_begin_in(gsoap) != SOAP_OK || gsoap->error != SOAP_OK || gsoap->version == 0) {
    throw Refusal(Refusal::Reason::VersionMismatch,
                  "the message is not an envelope of SOAP 1.1 (http://schemas.xmlsoap.org/soap/envelope/) or "
                  "SOAP 1.2 (http://www.w3.org/2003/05/soap-envelope)");
  }
  version_ = gsoap->version == kGsoapVersion12 ? Version::Soap12 : Version::Soap11;
}

void Engine::enterBody() {
  struct soap* const gsoap = gsoap_.get();
  if (soap_recv_header(gsoap) != SOAP_OK || soap_body_begin_in(gsoap) != SOAP_OK ||
      soap_peek_element(gsoap) != SOAP_OK) {
    refuse();
  }
}

bool Engine::bodyIs(const char* element) const {
  return soap_match_tag(gsoap_.get(), gsoap_->tag, element) == SOAP_OK;
}

std::string Engine::bodyElement() const {
  return printable(gsoap_->tag);
}

void Engine::close() {
  struct soap* const gsoap = gsoap_.get();
  if (soap_body_end_in(gsoap) != SOAP_OK || soap_envelope_end_in(gsoap) != SOAP_OK ||
      soap_end_recv(gsoap) != SOAP_OK) {
    refuse();
  }
}

const SOAP_ENV__Fault* Engine::readFault() {
  if (!bodyIs("SOAP-ENV:Fault") || soap_getfault(gsoap()) != SOAP_OK) return nullptr;
  return gsoap_->fault;
}

void Engine::beginWrite(Version version, std::string_view element) {
  output_.clear();
  struct soap* const gsoap = gsoap_.get();
  soap_set_namespaces(gsoap, namespacesOf(element.substr(0, element.find(':'))));
  soap_set_version(gsoap, version == Version::Soap12 ? kGsoapVersion12 : kGsoapVersion11);
  // The runtime fills in the second entry, SOAP's encoding, which no message of ours uses.
  gsoap->local_namespaces[1].ns = nullptr;
  if (soap_begin_send(gsoap) != SOAP_OK || soap_envelope_begin_out(gsoap) != SOAP_OK ||
      soap_body_begin_out(gsoap) != SOAP_OK) {
    failWrite();
  }
}

std::string Engine::endWrite() {
  struct soap* const gsoap = gsoap_.get();
  if (soap_body_end_out(gsoap) != SOAP_OK || soap_envelope_end_out(gsoap) != SOAP_OK ||
      soap_end_send(gsoap) != SOAP_OK) {
    failWrite();
  }
  return std::move(output_);
}

std::string Engine::writeFault(Version version) {
  beginWrite(version, "t:vbsFault");
  if (soap_putfault(gsoap()) != SOAP_OK) failWrite();
  return endWrite();
}

void Engine::refuse() const {
  const std::string element = printable(gsoap_->tag);
  if (gsoap_->error == SOAP_MUSTUNDERSTAND) {
    throw Refusal(Refusal::Reason::MustUnderstand,
                  "header <" + element + "> must be understood and is not; send the request without it");
  }
  if (gsoap_->error == SOAP_EOM) throw std::bad_alloc();
  throw Error(ErrorCode::InvalidParameter, describe(gsoap_->error, element));
}

void Engine::failWrite() const {
  throw std::runtime_error("gSOAP could not write a message: error " + std::to_string(gsoap_->error));
}

}  // namespace vbs::soap
