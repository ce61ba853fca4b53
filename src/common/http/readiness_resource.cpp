#include "common/http/readiness_resource.h"

#include <algorithm>

#include "common/model/text.h"

namespace vbs::http {
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

Response ReadinessResource::show() {
  const std::vector<Complaint> complaints = source_();
  const bool stopped = std::any_of(complaints.begin(), complaints.end(),
                                   [](const Complaint& complaint) { return complaint.stopsAll; });
  std::string text = stopped ? "not ready" : complaints.empty() ? "ready" : "degraded";
  for (const Complaint& complaint : complaints) {
    text += "\n" + inOneLine(complaint.part + ": " + complaint.reason);
  }
  return textResponse(stopped ? 503 : 200, text);
}

}  // namespace vbs::http
