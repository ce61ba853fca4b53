#pragma once

#include <string>
#include <string_view>

namespace vbs::soap {

// The contracts of wsdl/, each self-contained (vbs-types.xsd stands in place of its import).
extern const std::string_view kVbsContract;
extern const std::string_view kVbsAdminContract;
extern const std::string_view kVolumeDelegateContract;  ///< with the portType of /volume-status
extern const std::string_view kVmmDelegateContract;

/// `contract` with `url`, escaped for XML, as the soap:address of the ports whose address in the contract
/// ends with `path`. `url` may be anything: a client's Host header is in it.
std::string withAddress(std::string_view contract, std::string_view path, std::string_view url);

}  // namespace vbs::soap
