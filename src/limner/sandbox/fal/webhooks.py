"""fal's webhooks, signed with ED25519 (fal docs, webhooks, 2026), and really delivered."""

import base64
import hashlib
import json
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.sandbox.desk import Desk, Route
from limner.sandbox.fal.work import Outcome
from limner.sandbox.hooks import Hooks, Message
from limner.sandbox.ids import uuid_id

_FIRST_AFTER: Final = 1.0
"""Seconds between a submit and its webhook: a caller has its answer first."""
_TRIES_AGAIN_AFTER: Final = (15.0, 30.0, 60.0)
_USER: Final = "sandbox"
_ERROR: Final = 400


class Webhooks:
    """Tells whoever asked for it that a request is done."""

    def __init__(self, desk: Desk) -> None:
        """Take a key of its own, the same in every sandbox."""
        self._clock = desk.clock
        self._key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"the sandbox's webhooks").digest())
        self._hooks = Hooks(desk.clock, _TRIES_AGAIN_AFTER, first_after=_FIRST_AFTER)

    def routes(self) -> tuple[Route, ...]:
        """Where the public keys lie."""
        return (Route("GET", "/rest/.well-known/jwks.json", self.keys),)

    async def keys(self, request: Request) -> Response:
        """The public keys, for everybody."""
        del request
        x = base64.urlsafe_b64encode(self._key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        return JSONResponse({"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "x": x}]})

    def send(self, url: str, request_id: str, outcome: Outcome) -> None:
        """Tell that a request is done.

        Args:
            url: where the caller wants to be told; nothing is sent to another machine.
            request_id: which one.
            outcome: what it came to.
        """
        ids = {"request_id": request_id, "gateway_request_id": uuid_id()}
        failed = outcome.status >= _ERROR
        said = (
            {"status": "ERROR", "error": f"Invalid status code: {outcome.status}"}
            if failed
            else {"status": "OK"}
        )
        self._hooks.send(
            url, self._signed(request_id, json.dumps(ids | said | {"payload": outcome.body}).encode())
        )

    def _signed(self, request_id: str, body: bytes) -> Message:
        stamp = str(int(self._clock.now().timestamp()))
        message = "\n".join([request_id, _USER, stamp, hashlib.sha256(body).hexdigest()])
        headers = {
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": _USER,
            "X-Fal-Webhook-Timestamp": stamp,
            "X-Fal-Webhook-Signature": self._key.sign(message.encode()).hex(),
        }
        return Message(body, headers)
