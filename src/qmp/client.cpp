#include "qmp/client.h"

#include <nlohmann/json.hpp>

#include "common/model/text.h"

namespace vbs::qmp {

using nlohmann::json;

Refusal::Refusal(std::string_view command, std::string errorClass, std::string_view description)
    : Error(ErrorCode::CommandFailed,
            "QEMU refused " + std::string(command) + ": " + printable(description, 1000)),
      errorClass_(std::move(errorClass)) {}

std::optional<Client> Client::connect(const std::filesystem::path& socket, Deadline deadline) {
  auto connection = UnixSocket::connect(socket, deadline);
  if (!connection) return std::nullopt;
  Client client(std::move(*connection), socket.string());
  if (const json greeting = client.receive(deadline); !greeting.contains("QMP")) {
    throw Error(ErrorCode::InternalError, socket.string() + " is no QMP socket");
  }
  client.execute("qmp_capabilities", json::object(), deadline);
  return client;
}

json Client::execute(std::string_view command, const json& arguments, Deadline deadline) {
  const int id = ++lastId_;
  const json request = {{"execute", command}, {"arguments", arguments}, {"id", id}};
  if (!socket_.writeLine(request.dump(), deadline)) throw VmGone("the VM at " + name_ + " ended");
  for (;;) {
    const json answer = receive(deadline);
    if (answer.contains("event") || answer.value("id", 0) != id) continue;
    if (const auto error = answer.find("error"); error != answer.end()) {
      throw Refusal(command, error->value("class", ""), error->value("desc", ""));
    }
    return answer.value("return", json());
  }
}

void Client::waitForEvent(Deadline until) {
  while (const auto message = tryReceive(until)) {
    if (message->contains("event")) return;
  }
}

json Client::receive(Deadline deadline) {
  if (auto message = tryReceive(deadline)) return std::move(*message);
  throw Error(ErrorCode::Timeout,
              "the VM at " + name_ + " does not answer: it hangs, or another program holds its QMP socket");
}

std::optional<json> Client::tryReceive(Deadline deadline) {
  std::string line;
  switch (socket_.readLine(line, deadline)) {
    case UnixSocket::ReadResult::TimedOut:
      return std::nullopt;
    case UnixSocket::ReadResult::Closed:
      throw VmGone("the VM at " + name_ + " ended");
    case UnixSocket::ReadResult::Line:
      break;
  }
  json message = json::parse(line, nullptr, false);
  if (!message.is_object()) {
    throw Error(ErrorCode::InternalError, name_ + " does not speak QMP: \"" + printable(line) + "\"");
  }
  return message;
}

}  // namespace vbs::qmp
