#include "common/http/resolver.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "common/http/url.h"

namespace vbs::http {
namespace {

using Addresses = std::vector<SocketAddress>;

/// `flags`: of getaddrinfo. Throws std::runtime_error.
Addresses getAddresses(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (code != 0) {
    const std::string reason =
        code == EAI_SYSTEM ? std::generic_category().message(errno) : ::gai_strerror(code);
    throw std::runtime_error(fmt::format("cannot look up the host \"{}\": {}", host, reason));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> guard(list, &::freeaddrinfo);
  Addresses addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    SocketAddress address;
    address.length = entry->ai_addrlen;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    addresses.push_back(address);
  }
  return addresses;
}

bool isAddress(const std::string& host) {
  in6_addr ignored{};
  return ::inet_pton(AF_INET, host.c_str(), &ignored) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace

std::string toString(const SocketAddress& address) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how the sockets API takes any address.
  const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::getnameinfo(generic, address.length, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return "an unprintable address";
  }
  return fmt::format("{}:{}", urlHost(host.data()), port.data());
}

Resolver::Resolver(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

Addresses Resolver::resolve(std::chrono::steady_clock::time_point deadline) {
  if (isAddress(host_)) return getAddresses(host_, port_, AI_NUMERICHOST);
  const auto result = lookup();
  if (result.wait_until(deadline) != std::future_status::ready) {
    throw std::runtime_error(
        fmt::format("cannot look up the host \"{}\" in time: is the name server reachable?", host_));
  }
  return result.get();
}

std::shared_future<Addresses> Resolver::lookup() {
  const std::lock_guard lock(mutex_);
  if (running_.valid() && running_.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    return running_;
  // Owns all it uses, so that it may outlive the resolver.
  std::packaged_task<Addresses()> task([host = host_, port = port_] { return getAddresses(host, port, 0); });
  auto result = task.get_future().share();
  std::thread(std::move(task)).detach();
  running_ = result;
  return result;
}

}  // namespace vbs::http
