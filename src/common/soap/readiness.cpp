#include "common/soap/readiness.h"

#include <algorithm>

#include "common/model/text.h"
#include "common/soap/router.h"

namespace vbs::soap {
namespace {

constexpr std::size_t kMaxLine = 500;  // bytes

std::string inOneLine(const std::string& text) {
  std::string line;
  for (const char c : printable(text, kMaxLine)) {
    if (c == '\n') {
      line += "; ";
    } else {
      line += c;
    }
  }
  return line;
}

}  // namespace

Reply readinessReply(const std::vector<Complaint>& complaints) {
  const bool stopped = std::any_of(complaints.begin(), complaints.end(),
                                   [](const Complaint& complaint) { return complaint.stopsAll; });
  std::string text = stopped ? "not ready" : complaints.empty() ? "ready" : "degraded";
  for (const Complaint& complaint : complaints) {
    text += "\n" + inOneLine(complaint.part + ": " + complaint.reason);
  }
  return textReply(stopped ? 503 : 200, text);
}

}  // namespace vbs::soap
