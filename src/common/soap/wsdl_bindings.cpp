#include "common/soap/wsdl_bindings.h"

namespace vbs::soap {
namespace {

/// `text` without the elements `name` that hold something of SOAP 1.2, and the lines that they leave empty.
std::string without(std::string_view text, std::string_view name) {
  const std::string begin = "<wsdl:" + std::string(name) + " ";
  const std::string end = "</wsdl:" + std::string(name) + ">";
  std::string kept;
  for (;;) {
    const auto from = text.find(begin);
    const auto to = from == std::string_view::npos ? from : text.find(end, from);
    if (to == std::string_view::npos) return kept.append(text);
    const auto after = to + end.size();
    std::string_view before = text.substr(0, from);
    const std::string_view element = text.substr(from, after - from);
    if (element.find("<soap12:") == std::string_view::npos) {
      kept.append(text.substr(0, after));
    } else {
      before = before.substr(0, before.find_last_not_of(" \n") + 1);
      kept.append(before);
    }
    text.remove_prefix(after);
  }
}

}  // namespace

std::string withSoap11Only(std::string_view contract) {
  return without(without(contract, "binding"), "port");
}

}  // namespace vbs::soap
