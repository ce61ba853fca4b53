"""Daemons are ended, and clients go away."""

import socket
import threading
import unittest
from typing import Any

from tests.harness.waiting import PATIENCE, until
from tests.service.stack import ATTACH, Gate, StackCase


class Ending(StackCase):
    def test_sigterm_ends_each_daemon_with_0_though_clients_hold_connections(self) -> None:
        held: list[socket.socket] = []
        for daemon in self.stack.daemons:
            port = int(daemon.url.rsplit(":", 1)[1])
            idle = socket.create_connection(("127.0.0.1", port))
            stalled = socket.create_connection(("127.0.0.1", port))
            stalled.sendall(b"POST /vbs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<half")
            held += [idle, stalled]
        for daemon in reversed(self.stack.daemons):
            self.assertEqual(daemon.terminate(), 0, daemon.text())
        for connection in held:
            connection.close()

    def test_sigterm_lets_a_running_attach_end_and_be_answered(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        gate = Gate(self.stack.directory / "gate")
        self.stack.edit({"vm.attach": f"cat {gate.path}"})
        client = self.stack.client()
        answers: list[Any] = []
        attach = threading.Thread(target=lambda: answers.append(client.attachVolume(volumeId=volume, **ATTACH)))
        attach.start()
        gate.wait_until_reached()
        self.stack.service.process.terminate()
        until(lambda: "stopping" in self.stack.service.text(), "the service to be stopping")
        gate.open()
        attach.join(PATIENCE)
        self.assertEqual(answers[0].status, "attached")
        self.assertEqual(self.stack.service.process.wait(PATIENCE), 0)
        self.stack.service.start()
        self.assertEqual(self.stack.volume(volume).status, "in-use")

    def test_the_client_that_goes_away_changes_nothing(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        gate = Gate(self.stack.directory / "gate")
        self.stack.edit({"vm.attach": f"cat {gate.path}"})
        place = "".join(f"<v:{name}>{value}</v:{name}>" for name, value in ATTACH.items())
        body = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:v="urn:vbs:service:1"><e:Body>'
            f"<v:attachVolume><v:volumeId>{volume}</v:volumeId>{place}</v:attachVolume></e:Body></e:Envelope>"
        ).encode()
        head = f"POST /vbs HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.stack.ports[0])) as connection:
            connection.sendall(head.encode() + body)
            gate.wait_until_reached()
        gate.open()
        until(lambda: self.stack.volume(volume).status == "in-use", "the attach to end")

    def test_a_second_sigterm_ends_a_daemon_whose_command_hangs(self) -> None:
        volume = self.vbs.createVolume(size=1).volumeId
        gate = Gate(self.stack.directory / "gate")
        self.stack.edit({"vm.attach": f"cat {gate.path}"})
        client = self.stack.client()
        answers: list[object] = []

        def attach_volume() -> None:
            try:
                answers.append(client.attachVolume(volumeId=volume, **ATTACH))
            except Exception as error:  # pylint: disable=broad-exception-caught # a fault, or a lost connection
                answers.append(error)

        attach = threading.Thread(target=attach_volume)
        attach.start()
        gate.wait_until_reached()
        self.stack.service.process.terminate()
        until(lambda: "stopping" in self.stack.service.text(), "the service to be stopping")
        self.assertEqual(self.stack.service.terminate(), 0)
        attach.join(PATIENCE)
        self.assertIsInstance(answers[0], Exception)
        gate.open()

    def test_health_is_told_by_each(self) -> None:
        for daemon in self.stack.daemons:
            self.assertEqual(daemon.healthz(), 200)


if __name__ == "__main__":
    unittest.main()
