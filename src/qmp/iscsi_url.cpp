#include "qmp/iscsi_url.h"

#include <charconv>

#include "common/model/error.h"
#include "common/model/text.h"

namespace vbs::qmp {
namespace {

constexpr std::string_view kScheme = "iscsi://";

[[noreturn]] void refuse(std::string_view text) {
  throw Error(ErrorCode::InvalidParameter,
              "\"" + printable(text) + "\" is not an iSCSI URL: expected iscsi://HOST:PORT/IQN/LUN");
}

}  // namespace

IscsiUrl parseIscsiUrl(std::string_view text) {
  if (!text.starts_with(kScheme)) refuse(text);
  const std::string_view rest = text.substr(kScheme.size());
  const auto afterPortal = rest.find('/');
  const auto beforeLun = rest.rfind('/');
  if (afterPortal == std::string_view::npos || afterPortal == beforeLun) refuse(text);

  const std::string_view lunText = rest.substr(beforeLun + 1);
  int lun = 0;
  const auto [end, error] = std::from_chars(lunText.data(), lunText.data() + lunText.size(), lun);
  if (error != std::errc{} || end != lunText.data() + lunText.size()) refuse(text);

  return {Portal(std::string(rest.substr(0, afterPortal))),
          TargetName(std::string(rest.substr(afterPortal + 1, beforeLun - afterPortal - 1))), Lun(lun)};
}

std::string toString(const IscsiUrl& url) {
  return std::string(kScheme) + url.portal.str() + "/" + url.targetName.str() + "/" +
         std::to_string(url.lun.number());
}

}  // namespace vbs::qmp
