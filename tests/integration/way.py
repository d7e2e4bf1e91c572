"""A way to a service that can be closed, opened and stalled, like a network that fails."""

import contextlib
import selectors
import socket
import threading


class Way:
    """Passes connections on to a service while it is open; closed, it refuses them.

    Its port stays the same. Closing cuts the connections that are open.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        with socket.create_server(("127.0.0.1", 0)) as door:
            self.port: int = door.getsockname()[1]
        self._closing = threading.Event()
        self._stalled = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        door = socket.create_server(("127.0.0.1", self.port))
        self._closing.clear()
        self._stalled.clear()
        self._thread = threading.Thread(target=self._serve, args=(door,), daemon=True)
        self._thread.start()

    def stall(self) -> None:
        """Keep connections and take new ones, but pass nothing on."""
        self._stalled.set()

    def close(self) -> None:
        self._closing.set()
        if self._thread:
            self._thread.join()

    def _serve(self, door: socket.socket) -> None:
        with contextlib.ExitStack() as sockets, selectors.DefaultSelector() as selector:
            selector.register(sockets.enter_context(door), selectors.EVENT_READ)
            while not self._closing.is_set():
                if self._stalled.is_set():
                    self._closing.wait(0.05)
                    continue
                for key, _ in selector.select(timeout=0.05):
                    if key.fileobj is door:
                        near = sockets.enter_context(door.accept()[0])
                        far = sockets.enter_context(socket.create_connection(self._target))
                        selector.register(near, selectors.EVENT_READ, far)
                        selector.register(far, selectors.EVENT_READ, near)
                    elif not _pass_on(key.fileobj, key.data):
                        selector.unregister(key.fileobj)


def _pass_on(source: socket.socket, target: socket.socket) -> bool:
    """Pass on what has come; False when the connection has ended."""
    try:
        content = source.recv(65536)
        target.sendall(content)
        if not content:
            target.shutdown(socket.SHUT_WR)
    except OSError:
        return False
    return bool(content)
