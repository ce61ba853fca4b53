#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/http/resource.h"

namespace vbs::http {

/// A resource that is only read, and quickly: it is answered however busy the workers are.
class ReadOnlyResource : public Resource {
public:
  std::string_view path() const final { return path_; }
  std::optional<Response> answerHead(const Request& head) final {
    return isRead(head) ? show() : methodRefusal(head, "GET, HEAD");
  }
  Response answer(const Request& /*request*/) final { return show(); }

protected:
  explicit ReadOnlyResource(std::string path) : path_(std::move(path)) {}

  /// On the network thread: must be quick; thread-safe.
  virtual Response show() = 0;

private:
  std::string path_;
};

}  // namespace vbs::http
