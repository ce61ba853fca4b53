#include "common/delegate/identity.h"

#include <unistd.h>

#include <array>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <fstream>
#include <string>

#include "common/model/uuid.h"

namespace vbs::delegate {
namespace {

/// 32 hexadecimal digits; "uninitialized" at the first boot of an image, and empty in a container, are none.
bool isMachineId(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos &&
         text.find_first_not_of('0') != std::string::npos;
}

std::string machine(const std::filesystem::path& file) {
  std::string text;
  std::ifstream(file) >> text;
  if (isMachineId(text)) return text;
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  return "host " + std::string(name.data());
}

}  // namespace

DelegateId delegateIdOf(std::string_view part, int port, const std::filesystem::path& machineIdFile) {
  if (port == 0) return DelegateId(randomUuid());
  // A name space of our own, drawn once.
  constexpr boost::uuids::uuid kNamespace{
      {0x6b, 0x1f, 0x0e, 0x52, 0x9c, 0x3a, 0x4d, 0x7e, 0x8f, 0x21, 0x5a, 0xd4, 0xc0, 0x93, 0x77, 0x18}};
  const boost::uuids::name_generator_sha1 generate(kNamespace);
  const std::string name = machine(machineIdFile) + '\n' + std::string(part) + '\n' + std::to_string(port);
  return DelegateId(boost::uuids::to_string(generate(name)));
}

}  // namespace vbs::delegate
