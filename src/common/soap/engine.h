#pragma once

// Inside the soap adapters only: everything that includes this includes gSOAP.

#include <soapH.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/soap/version.h"

namespace vbs::soap {

/// One gSOAP context for one message in and one message out, from and to memory. It knows nothing of HTTP.
/// Objects made with gsoap() live as long as the engine. Not thread-safe.
class Engine {
public:
  Engine();

  struct soap* gsoap() const noexcept {
    return gsoap_.get();
  }

  /// Screens `message` (xml_screen.h) and opens its envelope. `message` must outlive the reading. Throws
  /// Error{InvalidParameter} and Refusal{VersionMismatch}.
  void open(std::string_view message);
  /// The version of the opened message.
  Version version() const noexcept { return version_; }
  /// Skips the header, up to the first element of the body. Throws Error{InvalidParameter} and
  /// Refusal{MustUnderstand}.
  void enterBody();
  /// True when the body's first element is `element`, a prefixed name such as "vbs:createVolume".
  bool bodyIs(const char* element) const;
  /// The body's first element as the message writes it, for messages to people.
  std::string bodyElement() const;

  /// Reads the body's first element, which must be `element`, into `value`, and the message to its end. A nil
  /// element is read as empty, as some SOAP libraries send a call without arguments so (SOAP::Lite, npm's
  /// soap). Throws Error{InvalidParameter} that names the element at fault.
  template <class Element>
  void read(const char* element, Element& value) {
    value.soap_default(gsoap());
    gsoap()->null = 0;
    if (value.soap_in(gsoap(), element, nullptr) == nullptr) refuse();
    close();
  }
  /// The fault that the body holds; null when it holds something else or the fault is unreadable.
  const SOAP_ENV__Fault* readFault();

  /// The envelope with `value` as its body's only element. It declares the namespaces of `element` and of the
  /// common types, and no other contract's.
  template <class Element>
  std::string write(Version version, const char* element, const Element& value) {
    beginWrite(version, element);
    if (value.soap_put(gsoap(), element, nullptr) != SOAP_OK) failWrite();
    return endWrite();
  }
  /// The envelope with gsoap()->fault, laid out for `version`, as its body.
  std::string writeFault(Version version);

private:
  struct Delete {
    void operator()(struct soap* gsoap) const noexcept;
  };

  static std::size_t receive(struct soap* gsoap, char* buffer, std::size_t size);
  static int send(struct soap* gsoap, const char* data, std::size_t size);

  void close();
  void beginWrite(Version version, std::string_view element);
  std::string endWrite();
  [[noreturn]] void refuse() const;
  [[noreturn]] void failWrite() const;

  std::unique_ptr<struct soap, Delete> gsoap_;
  Version version_ = Version::Soap11;
  std::string screened_;    ///< the opened message, where it is not as it came
  std::string_view input_;  ///< what of it is not read yet
  std::string output_;
};

}  // namespace vbs::soap
