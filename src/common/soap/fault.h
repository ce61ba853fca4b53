#pragma once

// Inside the soap adapters only: includes gSOAP.

#include <soapStub.h>

#include <string>

#include "common/model/error.h"
#include "common/soap/endpoint.h"
#include "common/soap/version.h"

namespace vbs::soap {

// The one place where SOAP Faults are made and read.

/// The reply that tells a client `error`: a SOAP Fault with the typed detail t:vbsFault. Only faults of the
/// envelope and its header (VersionMismatch, MustUnderstand) lack that detail. The faultcode is Client or
/// Server (Sender or Receiver) by isCallersFault(), or what a Refusal says. The HTTP status is 415 for a
/// message that is no SOAP, else 500. SOAP 1.2 has 400 for a Sender fault, but WCF does not read a fault
/// behind it.
http::Response faultReply(Version version, const Error& error, const std::string& requestId);

/// The error that a fault tells; InternalError when it has no detail of ours or a code that is unknown here.
Error errorIn(const SOAP_ENV__Fault& fault);

}  // namespace vbs::soap
