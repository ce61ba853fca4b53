"""A TCP proxy before a delegate, which loses answers and holds requests back."""

import socket
import threading
from typing import Optional

_BUFFER_BYTES = 1 << 16


class Proxy:
    """Passes the connections of an HTTP client on to `port` of loopback. When the client has gone it still waits for
    the answer, so that idle() tells whether the server is at work. Thread-safe."""

    def __init__(self, port: int):
        self._target = ("127.0.0.1", port)
        self._lock = threading.Condition()
        self._connections: set[_Connection] = set()
        self._answers_to_lose = 0
        self._to_refuse: Optional[bytes] = None
        self._to_hold: Optional[bytes] = None
        self._released = True
        self._held = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self.forget()
        with self._lock:
            for connection in self._connections:
                connection.close()

    def forget(self) -> None:
        """From now on everything passes; what was held back is let go."""
        with self._lock:
            self._answers_to_lose = 0
            self._to_refuse = None
            self._to_hold = None
            self._released = True
            self._lock.notify_all()

    def refuse(self, text: Optional[bytes]) -> None:
        """Requests with `text` in them do not reach the server from now on, until None is given."""
        with self._lock:
            self._to_refuse = text

    def cut_next(self) -> None:
        """The next call ends as cut() has it."""
        with self._lock:
            self._answers_to_lose = 1

    def cut(self) -> None:
        """Closes the client's connections on which an answer is due, and loses the answer of a call that the client
        repeats on a new one, as it does where an old one may have been stale."""
        with self._lock:
            cut = [connection for connection in self._connections if connection.is_busy()]
            self._answers_to_lose = sum(connection.was_used_before() for connection in cut)
            for connection in cut:
                connection.close_client()

    def hold(self, text: bytes) -> None:
        """The next request with `text` in it is held back until release()."""
        with self._lock:
            self._to_hold, self._released, self._held = text, False, 0

    def hold_no_more(self) -> None:
        """What is held back stays so; what comes now passes."""
        with self._lock:
            self._to_hold = None

    def holds(self) -> bool:
        with self._lock:
            return self._held > 0 and not self._released

    def release(self) -> None:
        with self._lock:
            self._released = True
            self._lock.notify_all()

    def idle(self) -> bool:
        """True when the server owes no answer. It has not got what is held back."""
        with self._lock:
            return sum(connection.is_busy() for connection in self._connections) == self._held

    def was_given_up(self) -> bool:
        """True while the server owes an answer to a client that has gone."""
        with self._lock:
            return any(connection.is_busy() and connection.client_has_gone() for connection in self._connections)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = _Connection(self, client, server)
            with self._lock:
                self._connections.add(connection)
            connection.start()

    # For connections:

    def lets_pass(self, text: bytes) -> bool:
        """Returns when the request may go on, or shall not reach the server at all."""
        with self._lock:
            if self._to_refuse is not None and self._to_refuse in text:
                return False
            if self._to_hold is not None and self._to_hold in text:
                self._to_hold = None
                self._held += 1
                self._lock.wait_for(lambda: self._released)
                self._held -= 1
            return True

    def loses_answer(self, used_before: bool) -> bool:
        with self._lock:
            if self._answers_to_lose == 0:
                return False
            # On a connection that was used before, the call will be repeated.
            if not used_before:
                self._answers_to_lose -= 1
            return True

    def ended(self, connection: "_Connection") -> None:
        with self._lock:
            self._connections.discard(connection)


class _Connection:
    """One call at a time, as HTTP has it: what comes from the server is the answer to what came last."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket):
        self._proxy = proxy
        self._client = client
        self._server = server
        self._calls = 0
        self._busy = False
        self._client_gone = False
        self._threads = threading.Semaphore(1)

    def start(self) -> None:
        threading.Thread(target=self._pass_requests, daemon=True).start()
        threading.Thread(target=self._pass_answers, daemon=True).start()

    def is_busy(self) -> bool:
        return self._busy

    def client_has_gone(self) -> bool:
        return self._client_gone

    def was_used_before(self) -> bool:
        return self._calls > 1

    def close_client(self) -> None:
        _shut(self._client)

    def close(self) -> None:
        _shut(self._client)
        _shut(self._server)

    def _pass_requests(self) -> None:
        while text := _receive(self._client):
            if not self._busy:
                self._calls += 1
                self._busy = True
            if not self._proxy.lets_pass(text):
                self.close()
                break
            if not _send(self._server, text):
                break
        self._client_gone = True
        if not self._busy:
            _shut(self._server)
        self._end_thread()

    def _pass_answers(self) -> None:
        while text := _receive(self._server):
            lost = self._busy and self._proxy.loses_answer(self.was_used_before())
            self._busy = False
            if lost or self._client_gone or not _send(self._client, text):
                break
        self._busy = False
        _shut(self._client)
        _shut(self._server)
        self._end_thread()

    def _end_thread(self) -> None:
        if self._threads.acquire(blocking=False):
            return  # the other one still uses the sockets
        self._proxy.ended(self)
        self._client.close()
        self._server.close()


def _receive(end: socket.socket) -> bytes:
    try:
        return end.recv(_BUFFER_BYTES)
    except OSError:
        return b""


def _send(end: socket.socket, text: bytes) -> bool:
    try:
        end.sendall(text)
        return True
    except OSError:
        return False


def _shut(end: socket.socket) -> None:
    """Ends it for both directions, also under a thread that waits on it."""
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
