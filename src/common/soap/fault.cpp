#include "common/soap/fault.h"

#include "common/soap/engine.h"
#include "common/soap/refusal.h"
#include "common/soap/wire.h"

namespace vbs::soap {
namespace {

const char* faultCode(Version version, const Error& error) {
  if (const auto* refusal = dynamic_cast<const Refusal*>(&error)) {
    if (refusal->reason() == Refusal::Reason::VersionMismatch) return "SOAP-ENV:VersionMismatch";
    if (refusal->reason() == Refusal::Reason::MustUnderstand) return "SOAP-ENV:MustUnderstand";
  }
  if (isCallersFault(error.code())) return version == Version::Soap11 ? "SOAP-ENV:Client" : "SOAP-ENV:Sender";
  return version == Version::Soap11 ? "SOAP-ENV:Server" : "SOAP-ENV:Receiver";
}

int httpStatus(const Error& error) {
  constexpr int kUnsupportedMediaType = 415;
  constexpr int kInternalServerError = 500;
  const auto* refusal = dynamic_cast<const Refusal*>(&error);
  const bool isNoSoap = refusal != nullptr && refusal->reason() == Refusal::Reason::MediaType;
  return isNoSoap ? kUnsupportedMediaType : kInternalServerError;
}

/// A detail says that the fault is about the body (SOAP 1.1 section 4.4), which these never come to.
bool isAboutTheBody(const Error& error) {
  const auto* refusal = dynamic_cast<const Refusal*>(&error);
  return refusal == nullptr || refusal->reason() == Refusal::Reason::MediaType;
}

/// The property of a fault that tells its effect.
constexpr std::string_view kEffect = "effect";

t__Property* property(struct soap* gsoap, std::string_view name, std::string_view value) {
  t__Property* const wire = soap_new_t__Property(gsoap);
  wire->name = name;
  wire->value = value;
  return wire;
}

/// A fault without one is of an earlier version: it is an answer, so nothing is on its way any more.
Effect effectIn(const t__VbsFault& fault, Effect assumed) {
  for (const t__Property* property : fault.property) {
    if (property->name == kEffect) return parseEffect(property->value).value_or(Effect::Unknown);
  }
  return assumed == Effect::None ? Effect::None : Effect::Partial;
}

SOAP_ENV__Detail* makeDetail(struct soap* gsoap, const Error& error, const std::string& requestId) {
  t__VbsFault* const typed = soap_new_t__VbsFault(gsoap);
  typed->code = toString(error.code());
  typed->description = toWire(error.what());
  if (!error.resource().empty()) typed->resourceId = toWire(gsoap, std::optional(error.resource()));
  typed->requestId = requestId;
  if (const auto& command = error.command()) {
    typed->failedCommand = soap_new_t__FailedCommand(gsoap);
    typed->failedCommand->action = toWire(command->action);
    typed->failedCommand->exitCode = toWire(gsoap, command->exitCode);
    typed->failedCommand->stderrTail = toWire(command->stderrTail);
  }
  typed->property.push_back(property(gsoap, kEffect, toString(error.effect())));
  SOAP_ENV__Detail* const detail = soap_new_SOAP_ENV__Detail(gsoap);
  detail->t__vbsFault = typed;
  return detail;
}

SOAP_ENV__Fault* makeFault(struct soap* gsoap, Version version, const Error& error,
                           const std::string& requestId) {
  SOAP_ENV__Fault* const fault = soap_new_SOAP_ENV__Fault(gsoap);
  SOAP_ENV__Detail* const detail = isAboutTheBody(error) ? makeDetail(gsoap, error, requestId) : nullptr;
  char* const code = soap_strdup(gsoap, faultCode(version, error));
  char* const reason = soap_strdup(gsoap, toWire(error.what()).c_str());
  if (version == Version::Soap11) {
    fault->faultcode = code;
    fault->faultstring = reason;
    fault->detail = detail;
  } else {
    fault->SOAP_ENV__Code = soap_new_SOAP_ENV__Code(gsoap);
    fault->SOAP_ENV__Code->SOAP_ENV__Value = code;
    fault->SOAP_ENV__Reason = soap_new_SOAP_ENV__Reason(gsoap);
    fault->SOAP_ENV__Reason->SOAP_ENV__Text = reason;
    fault->SOAP_ENV__Detail = detail;
  }
  return fault;
}

/// The error without its effect.
Error namedError(const t__VbsFault& fault) {
  const std::string resource = fault.resourceId != nullptr ? *fault.resourceId : std::string{};
  const ErrorCode code = parseErrorCode(fault.code).value_or(ErrorCode::InternalError);
  if (code == ErrorCode::CommandFailed && fault.failedCommand != nullptr) {
    const t__FailedCommand& failed = *fault.failedCommand;
    return {fault.description, resource,
            CommandFailure{failed.action, fromWire(failed.exitCode), failed.stderrTail}};
  }
  return {code, fault.description, resource};
}

Error typedError(const t__VbsFault& fault) {
  const Error error = namedError(fault).withRequestId(fault.requestId);
  return error.withEffect(effectIn(fault, error.effect()));
}

}  // namespace

http::Response faultReply(Version version, const Error& error, const std::string& requestId) {
  Engine engine;
  engine.gsoap()->fault = makeFault(engine.gsoap(), version, error, requestId);
  return {httpStatus(error), contentTypeOf(version), engine.writeFault(version)};
}

Error errorIn(const SOAP_ENV__Fault& fault) {
  const SOAP_ENV__Detail* const detail = fault.detail != nullptr ? fault.detail : fault.SOAP_ENV__Detail;
  const t__VbsFault* const typed = detail != nullptr ? detail->t__vbsFault : nullptr;
  if (typed == nullptr) {
    const bool is12 = fault.SOAP_ENV__Reason != nullptr && fault.SOAP_ENV__Reason->SOAP_ENV__Text != nullptr;
    const char* const text = is12 ? fault.SOAP_ENV__Reason->SOAP_ENV__Text : fault.faultstring;
    return {ErrorCode::InternalError,
            std::string("a fault that is not one of VBS: ") + (text != nullptr ? text : "without a text")};
  }
  return typedError(*typed);
}

}  // namespace vbs::soap
