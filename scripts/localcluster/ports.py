"""Ports of loopback."""

import random
import socket
from pathlib import Path

_LOWEST = 10000


def free_port() -> int:
    """A port that nobody has right now. None of those that connections are given by themselves: whoever listens on it
    gets it again after a restart."""
    own, _ = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()
    while True:
        port = random.randrange(_LOWEST, max(int(own), _LOWEST + 1000))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
