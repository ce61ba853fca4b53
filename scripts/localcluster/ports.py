"""Ports of loopback."""

import random
import socket
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Iterator

_LOWEST = 10000


@contextmanager
def reserved_ports(count: int) -> Iterator[list[int]]:
    """Ports that nobody else is given while the context lasts: neither who reserves some, nor whom the system gives a
    port of its choice, to connect from or to listen on. Who names one can listen on it with SO_REUSEADDR, as daemons
    do. Below the ports of the system's choice, where there are such: a daemon gets its own again after a restart."""
    with ExitStack() as holders:
        yield [_held_port(holders.enter_context(socket.socket())) for _ in range(count)]


def _held_port(holder: socket.socket) -> int:
    own, _ = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()
    while True:
        port = random.randrange(_LOWEST, max(int(own), _LOWEST + 1000))
        try:
            holder.bind(("127.0.0.1", port))
        except OSError:
            continue
        # Linux lets two sockets bind one port when both ask for it and neither listens yet. Asked for only now: the
        # bind itself shall fail where another has reserved the port.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return port
