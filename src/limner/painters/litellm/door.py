"""The door through which LiteLLM's calls leave: each goes out once, and what became of it is written down.

LiteLLM sends through the OpenAI SDK or through httpx; the former repeats a failed call twice, whatever it is
told (1.103.7, 1.106.2). Here a call that costs money is never repeated, so:

- an answer tells the SDK not to try again, by the header that OpenAI's servers use for it;
- a call that breaks is told by `Broken`, which is no `Exception`: nobody on the way tries again;
- a second call of the same visit to the same address does not leave.
"""

from typing import Final

# LiteLLM's clients are httpx's.
import httpx  # noqa: TID251

from limner.painters.litellm.visit import VISIT, Broken, Reply

MOST_BYTES: Final = 256 * 1024 * 1024
"""A longer answer is cut off and is an error."""
_UNSENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Door(httpx.BaseTransport):
    """Lets calls out, each once."""

    def __init__(self, inner: httpx.BaseTransport | None = None) -> None:
        self._inner = inner or httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a call and read its whole answer."""
        here = VISIT.get()
        if here is None:  # LiteLLM is used by others in this process: that is theirs alone
            return self._inner.handle_request(request)
        costs = request.method == "POST"
        if costs:
            if str(request.url) in here.sent:
                raise Broken("it would have been sent a second time", sent=True)
            here.sent.add(str(request.url))
        try:
            reply = self._send(request)
        except Broken as broken:
            # What was sent before it may be under way.
            broken.sent |= bool(here.sent - {str(request.url)})
            raise
        if costs:
            here.reply = reply
        headers = dict(reply.headers) | {"x-should-retry": "false"}
        return httpx.Response(reply.status, headers=headers, content=reply.body, request=request)

    def _send(self, request: httpx.Request) -> Reply:
        status = None
        try:
            response = self._inner.handle_request(request)
            status = response.status_code
            headers = {name.lower(): value for name, value in response.headers.items()}
            try:
                body = _body(response)
            finally:
                response.close()
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
        ) as fault:
            raise Broken(_words(fault), sent=False) from fault
        except (httpx.TransportError, httpx.DecodingError) as fault:
            raise Broken(_words(fault), sent=True, status=status) from fault
        for name in ("content-encoding", "content-length", "transfer-encoding"):
            headers.pop(name, None)  # the body is whole and plain now
        return Reply(status, headers, body)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Broken(
                f"the answer is longer than {MOST_BYTES} bytes", sent=True, status=response.status_code
            )
    return bytes(body)


def _words(fault: Exception) -> str:
    return str(fault) or type(fault).__name__


def open_session() -> httpx.Client:
    """A client all of whose calls go through the door. It follows no redirect: a key must not travel on."""
    return httpx.Client(transport=Door(), follow_redirects=False)
