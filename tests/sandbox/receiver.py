"""Waiting for what an emulator sends of its own accord."""

import threading

from pytest_httpserver import HTTPServer
from werkzeug import Request

_LONG_ENOUGH = 60.0


def received(server: HTTPServer, count: int) -> list[Request]:
    """The first requests that reach a server, once they have."""
    pause = threading.Event()
    for _ in range(int(_LONG_ENOUGH / 0.01)):
        if len(server.log) >= count:
            break
        pause.wait(0.01)
    return [request for request, _ in server.log[:count]]
