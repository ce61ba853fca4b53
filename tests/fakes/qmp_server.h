#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace vbs::fakes {

/// A VM without a VM: a QMP socket whose block nodes and devices behave as QEMU 7.2's, one client at a time,
/// and which can be told to refuse, to keep silent or to die at a command. Thread-safe.
class QmpServer {
public:
  explicit QmpServer(std::filesystem::path socket) : path_(std::move(socket)) {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(static_cast<char*>(address.sun_path), path_.c_str(), sizeof address.sun_path - 1);
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 8) != 0) {
      throw std::runtime_error("cannot listen on " + path_.string());
    }
    thread_ = std::thread([this] { serve(); });
  }
  QmpServer(const QmpServer&) = delete;
  QmpServer& operator=(const QmpServer&) = delete;
  ~QmpServer() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      if (client_ >= 0) ::shutdown(client_, SHUT_RDWR);
    }
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  /// QEMU's answer to `command` from now on.
  void refuse(const std::string& command, const std::string& description,
              const std::string& errorClass = "GenericError") {
    const std::lock_guard lock(mutex_);
    refusals_[command] = {{"class", errorClass}, {"desc", description}};
  }
  /// The next `times` calls of `command` are refused.
  void refuseFor(int times, const std::string& command, const std::string& description) {
    refuse(command, description);
    const std::lock_guard lock(mutex_);
    refusalsLeft_[command] = times;
  }
  /// `command` gets no answer.
  void ignore(const std::string& command) {
    const std::lock_guard lock(mutex_);
    ignored_.insert(command);
  }
  /// The connection ends when `command` arrives.
  void dieAt(const std::string& command) {
    const std::lock_guard lock(mutex_);
    fatal_ = command;
  }
  /// A client is let in but not greeted, as while another one is served.
  void greetNobody() {
    const std::lock_guard lock(mutex_);
    greets_ = false;
  }
  /// After this many further looks (query-block) the guest lets go of unplugged devices; at once by default.
  void guestHoldsFor(int looks) {
    const std::lock_guard lock(mutex_);
    looksUntilRelease_ = looks;
  }
  void guestHoldsForEver() { guestHoldsFor(-1); }

  /// The guest's I/O that no target answers.
  void keepInFlight(int requests) {
    const std::lock_guard lock(mutex_);
    inFlight_ = requests;
  }

  /// What an earlier client left behind.
  void addNode(const std::string& name, const std::string& portal, const std::string& target, int lun,
               const std::string& initiator = "") {
    const std::lock_guard lock(mutex_);
    nodes_[name] = {
        {"node-name", name}, {"driver", "iscsi"}, {"portal", portal}, {"target", target}, {"lun", lun}};
    if (!initiator.empty()) nodes_[name]["initiator-name"] = initiator;
  }
  void addDevice(const std::string& id, const std::string& node) {
    const std::lock_guard lock(mutex_);
    devices_[id] = {node, false, "scsi-hd"};
  }
  /// A device that was told to go, by an earlier client, and has not gone yet.
  void addLeavingDevice(const std::string& id, const std::string& node) {
    const std::lock_guard lock(mutex_);
    devices_[id] = {node, true, "scsi-hd"};
  }

  /// Of a device that is there: "scsi-hd".
  std::string driver(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    return devices_.at(id).driver;
  }
  std::vector<std::string> nodes() const { return namesOf(nodes_); }
  std::vector<std::string> devices() const { return namesOf(devices_); }
  /// The options that the node was added with.
  nlohmann::json node(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    return nodes_.at(name);
  }
  /// The commands that change something, in the order they came.
  std::vector<std::string> changes() const {
    const std::lock_guard lock(mutex_);
    return changes_;
  }

private:
  using json = nlohmann::json;
  struct Device {
    std::string node;
    bool leaving = false;
    std::string driver;
  };

  template <class Map>
  std::vector<std::string> namesOf(const Map& map) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    names.reserve(map.size());
    for (const auto& [name, value] : map) names.push_back(name);
    return names;
  }

  void serve() {
    for (;;) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      bool greets = true;
      {
        const std::lock_guard lock(mutex_);
        if (stopping_ || client < 0) {
          if (client >= 0) ::close(client);
          return;
        }
        client_ = client;
        greets = greets_;
      }
      if (greets) send(client, {{"QMP", {{"version", json::object()}, {"capabilities", json::array()}}}});
      talk(client);
      const std::lock_guard lock(mutex_);
      client_ = -1;
      ::close(client);
    }
  }

  void talk(int client) {
    std::string unread;
    std::array<char, 4096> piece{};
    for (;;) {
      const ssize_t got = ::recv(client, piece.data(), piece.size(), 0);
      if (got <= 0) return;
      unread.append(piece.data(), static_cast<std::size_t>(got));
      for (auto newline = unread.find('\n'); newline != std::string::npos; newline = unread.find('\n')) {
        const json request = json::parse(unread.substr(0, newline));
        unread.erase(0, newline + 1);
        if (!handle(client, request)) return;
      }
    }
  }

  /// False when the connection shall end.
  bool handle(int client, const json& request) {
    const std::lock_guard lock(mutex_);
    const std::string command = request.at("execute");
    if (command == fatal_) return false;
    if (command.find("add") != std::string::npos || command.find("del") != std::string::npos) {
      changes_.push_back(command);
    }
    if (ignored_.count(command) > 0) return true;
    json answer{{"id", request.at("id")}};
    if (const auto refusal = refusals_.find(command); refusal != refusals_.end()) {
      answer["error"] = refusal->second;
      if (const auto left = refusalsLeft_.find(command); left != refusalsLeft_.end() && --left->second == 0) {
        refusals_.erase(refusal);
        refusalsLeft_.erase(left);
      }
    } else {
      perform(command, request.value("arguments", json::object()), answer);
    }
    // QEMU may send an event at any time; a client has to cope with one before each answer.
    send(client, {{"event", "RTC_CHANGE"}, {"data", json::object()}});
    send(client, answer);
    return true;
  }

  void perform(const std::string& command, const json& arguments, json& answer) {
    answer["return"] = json::object();
    const auto fail = [&](const std::string& errorClass, const std::string& description) {
      answer.erase("return");
      answer["error"] = {{"class", errorClass}, {"desc", description}};
    };
    if (command == "query-block") {
      answer["return"] = queryBlock();
    } else if (command == "query-named-block-nodes") {
      json& list = answer["return"] = json::array();
      for (const auto& [name, options] : nodes_) list.push_back(describe(name, options));
    } else if (command == "qom-list") {
      json& list = answer["return"] = json::array();
      list.push_back({{"name", "type"}, {"type", "string"}});
      for (const auto& [id, device] : devices_) {
        // A PCI device stays until its guest has let it go.
        if (!device.leaving || device.driver != "scsi-hd") {
          list.push_back({{"name", id}, {"type", "child<" + device.driver + ">"}});
        }
      }
    } else if (command == "qom-get") {
      const bool isScsi = devices_.at(idIn(arguments.at("path"))).driver == "scsi-hd";
      answer["return"] = isScsi ? kController + "/scsi.0" : "/machine/i440fx/pci.0";
    } else if (command == "x-query-virtio-status") {
      const std::string path = arguments.at("path");
      if (path != kController && devices_.count(idIn(path)) == 0) {
        return fail("GenericError", "Path " + path + " is not a realized VirtIODevice");
      }
      answer["return"] = {{"num-vqs", 3}};
    } else if (command == "x-query-virtio-queue-status") {
      answer["return"] = {{"inuse", arguments.at("queue") == 2 ? inFlight_ : 0}};
    } else if (command == "blockdev-add") {
      const std::string name = arguments.at("node-name");
      if (nodes_.count(name) > 0)
        return fail("GenericError", "Duplicate nodes with node-name='" + name + "'");
      nodes_[name] = arguments;
    } else if (command == "device_add") {
      const std::string id = arguments.at("id");
      if (devices_.count(id) > 0) return fail("GenericError", "Duplicate device ID '" + id + "'");
      devices_[id] = {arguments.at("drive"), false, arguments.at("driver")};
    } else if (command == "device_del") {
      const std::string id = arguments.at("id");
      const auto device = devices_.find(id);
      if (device == devices_.end() || (device->second.leaving && device->second.driver == "scsi-hd")) {
        return fail("DeviceNotFound", "Device '" + id + "' not found");
      }
      device->second.leaving = true;
    } else if (command == "blockdev-del") {
      const std::string name = arguments.at("node-name");
      if (nodes_.count(name) == 0) {
        return fail("GenericError", "Failed to find node with node-name='" + name + "'");
      }
      const bool used = std::any_of(devices_.begin(), devices_.end(),
                                    [&](const auto& entry) { return entry.second.node == name; });
      if (used) return fail("GenericError", "Node " + name + " is in use");
      nodes_.erase(name);
    }
  }

  json queryBlock() {
    if (looksUntilRelease_ > 0) --looksUntilRelease_;
    if (looksUntilRelease_ == 0) {
      std::erase_if(devices_, [](const auto& entry) { return entry.second.leaving; });
    }
    json list = json::array();
    for (const auto& [id, device] : devices_) {
      const bool isScsi = device.driver == "scsi-hd";
      json block{{"device", ""}, {"qdev", isScsi ? id : "/machine/peripheral/" + id + "/virtio-backend"}};
      if (const auto node = nodes_.find(device.node); node != nodes_.end()) {
        block["inserted"] = describe(node->first, node->second);
      }
      list.push_back(block);
    }
    return list;
  }

  /// Of "/machine/peripheral/vbs-sdb" or a path into it.
  static std::string idIn(const std::string& path) {
    const std::string tail = path.substr(std::min(path.size(), std::string("/machine/peripheral/").size()));
    return tail.substr(0, tail.find('/'));
  }

  static json describe(const std::string& name, json options) {
    options.erase("node-name");
    return {{"node-name", name}, {"drv", "iscsi"}, {"file", "json:" + options.dump()}};
  }

  static void send(int client, const json& message) {
    const std::string line = message.dump() + "\r\n";
    (void)::send(client, line.data(), line.size(), MSG_NOSIGNAL);
  }

  inline static const std::string kController = "/machine/peripheral-anon/device[0]/virtio-backend";

  std::filesystem::path path_;
  int listener_ = -1;
  mutable std::mutex mutex_;
  int client_ = -1;
  bool stopping_ = false;
  bool greets_ = true;
  int looksUntilRelease_ = 0;
  int inFlight_ = 0;
  std::map<std::string, json> nodes_;
  std::map<std::string, Device> devices_;
  std::map<std::string, json> refusals_;
  std::map<std::string, int> refusalsLeft_;
  std::set<std::string> ignored_;
  std::optional<std::string> fatal_;
  std::vector<std::string> changes_;
  std::thread thread_;
};

}  // namespace vbs::fakes
