#pragma once

#include <string>
#include <string_view>

namespace vbs::soap {

/// `contract` without its SOAP 1.2 bindings and ports, for stacks that know of SOAP 1.1 alone and trip over
/// the rest (Axis 1). `contract` is laid out as those of wsdl/ are: with the prefixes wsdl and soap12.
std::string withSoap11Only(std::string_view contract);

}  // namespace vbs::soap
