"""The ports that the tests' and the local cluster's daemons listen on."""

import itertools
import random
import socket
import unittest
from unittest import mock

from scripts.localcluster.ports import reserved_ports


def listener(port: int) -> socket.socket:
    """Listens as our daemons do."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", port))
    one.listen()
    return one


class Ports(unittest.TestCase):
    def test_what_is_reserved_is_reserved_for_no_other(self) -> None:
        with reserved_ports(1) as [first]:
            with mock.patch.object(random, "randrange", side_effect=itertools.count(first)):
                with reserved_ports(1) as [second]:
                    self.assertLess(first, second)

    def test_a_port_that_someone_listens_on_is_not_reserved(self) -> None:
        with reserved_ports(1) as [port]:
            taken = listener(port)
        with taken, mock.patch.object(random, "randrange", side_effect=itertools.count(port)):
            with reserved_ports(1) as [other]:
                self.assertLess(port, other)

    def test_no_other_binds_a_reserved_port(self) -> None:
        with reserved_ports(1) as [port], socket.socket() as one:
            self.assertRaises(OSError, one.bind, ("127.0.0.1", port))
            self.assertRaises(OSError, one.bind, ("0.0.0.0", port))

    def test_daemons_listen_on_a_reserved_port_again_after_their_connections(self) -> None:
        with reserved_ports(1) as [port]:
            for _ in range(2):
                with listener(port) as daemon, socket.create_connection(("127.0.0.1", port)):
                    daemon.accept()[0].close()  # closed by this side first: its end waits there (TIME_WAIT)


if __name__ == "__main__":
    unittest.main()
