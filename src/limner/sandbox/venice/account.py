"""Venice's endpoints for keys, limits and the balance, and how a wallet gets a key."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from limner.sandbox.desk import Desk, Rejection, Route
from limner.sandbox.ids import hex_id
from limner.sandbox.limits import Windows
from limner.sandbox.venice import shapes
from limner.sandbox.venice.front import Front
from limner.sandbox.venice.inputs import read_json
from limner.sandbox.venice.keyring import Key, made, midnight, read_time, stamp
from limner.sandbox.venice.models import bodies, models
from limner.sandbox.venice.wallet import signer

_MOST_KEYS: Final = 500
_CREATIONS: Final = 20
_TOKEN_LIFE: Final = timedelta(minutes=15)
_CHANGEABLE: Final = {"description": "description", "limitPeriod": "period", "modelPrivacy": "privacy"}


class AccountDesk:
    """The endpoints around the account."""

    def __init__(self, desk: Desk, front: Front) -> None:
        """Open them.

        Args:
            desk: the emulator's place.
            front: who calls, and what they have.
        """
        self._desk = desk
        self._front = front
        self._creations = Windows(desk.clock)
        self._tokens: dict[str, datetime] = {}

    def routes(self) -> Sequence[Route]:
        """Their addresses; the fixed ones come before the one with an id."""
        return (
            Route("GET", "/api/v1/billing/balance", self.balance),
            Route("GET", "/api/v1/api_keys/rate_limits", self.limits),
            Route("GET", "/api/v1/api_keys/rate_limits/log", self.breaches),
            Route("GET", "/api/v1/api_keys/generate_web3_key", self.token),
            Route("POST", "/api/v1/api_keys/generate_web3_key", self.of_wallet),
            Route("GET", "/api/v1/api_keys", self.list),
            Route("POST", "/api/v1/api_keys", self.create),
            Route("PATCH", "/api/v1/api_keys", self.update),
            Route("DELETE", "/api/v1/api_keys", self.delete),
            Route("GET", "/api/v1/api_keys/{id}", self.one),
        )

    async def balance(self, request: Request) -> Response:
        """What is left. Nothing is staked here, so there is no Diem."""
        caller = self._front.known(request)
        left = self._front.balances.left(caller.account)
        return JSONResponse(
            {
                "canConsume": left > 0,
                "consumptionCurrency": "USD",
                "balances": {"diem": None, "usd": float(left)},
                "diemEpochAllocation": 0,
            }
        )

    async def limits(self, request: Request) -> Response:
        """How often a key may ask for what."""
        caller = self._front.known(request)
        left = self._front.balances.left(caller.account)
        tomorrow = midnight(self._desk.clock.now()) + timedelta(days=1)
        each = [{"amount": self._front.limit, "type": "RPM"}]
        return JSONResponse(
            {
                "data": {
                    "accessPermitted": left > 0,
                    "apiTier": {"id": "paid", "isCharged": True},
                    "balances": {"USD": float(left), "DIEM": 0},
                    "keyExpiration": stamp(caller.key.expires) if caller.key else None,
                    "nextEpochBegins": stamp(tomorrow),
                    "rateLimits": [{"apiModelId": id_, "rateLimits": each} for id_ in models()],
                }
            }
        )

    async def breaches(self, request: Request) -> Response:
        """The last times a limit was broken."""
        caller = self._front.known(request)
        own = [breach for account, breach in self._front.breaches if account == caller.account]
        return JSONResponse({"data": own, "object": "list"})

    async def list(self, request: Request) -> Response:
        """The keys of an account."""
        caller = self._front.administer(request)
        keys = self._front.keys
        return JSONResponse({"data": [keys.shown(key) for key in keys.of(caller.account)], "object": "list"})

    async def one(self, request: Request) -> Response:
        """One key."""
        caller = self._front.administer(request)
        key = self._front.keys.find(caller.account, request.path_params["id"])
        if key is None:
            return shapes.error(404, "API key not found")
        return JSONResponse({"data": self._front.keys.shown(key)})

    async def create(self, request: Request) -> Response:
        """Make a key."""
        caller = self._front.administer(request)
        given = await read_json(request, bodies()["create-key"])
        return self._made(caller.account, dict(given.values))

    async def update(self, request: Request) -> Response:
        """Change what a key may do."""
        caller = self._front.administer(request)
        given = (await read_json(request, bodies()["update-key"])).values
        key = self._front.keys.find(caller.account, given["id"])
        if key is None:
            raise Rejection(shapes.wrong("id", "No such API key"))
        _change(key, dict(given))
        shown = self._front.keys.shown(key)
        for name in ("usage", "currentPeriodUsage"):  # the published answer to a change has none
            shown.pop(name, None)
        return JSONResponse({"data": shown, "success": True})

    async def delete(self, request: Request) -> Response:
        """Delete a key."""
        caller = self._front.administer(request)
        key = self._front.keys.find(caller.account, request.query_params.get("id", ""))
        if key is None:
            raise Rejection(shapes.wrong("id", "No such API key"))
        self._front.keys.drop(key)
        return JSONResponse({"success": True})

    async def token(self, request: Request) -> Response:
        """A text for a wallet to sign."""
        token = ".".join(hex_id(length) for length in (36, 64, 43))
        self._tokens[token] = self._desk.clock.now() + _TOKEN_LIFE
        return JSONResponse({"data": {"token": token}, "success": True})

    async def of_wallet(self, request: Request) -> Response:
        """Make a key for the wallet that signed the text. Every wallet is taken to have staked."""
        given = (await read_json(request, bodies()["web3-key"])).values
        expires = self._tokens.get(given["token"])
        if expires is None or self._desk.clock.now() >= expires:
            raise Rejection(shapes.error(401, shapes.UNAUTHENTICATED))
        if signer(given["token"], given["signature"]) != given["address"].lower():
            raise Rejection(shapes.error(401, shapes.UNAUTHENTICATED))
        del self._tokens[given["token"]]
        return self._made(given["address"].lower(), dict(given))

    def _made(self, owner: str, body: dict[str, Any]) -> Response:
        _time_of(body)
        if len(self._front.keys.of(owner)) >= _MOST_KEYS:
            raise Rejection(shapes.error(400, f"At most {_MOST_KEYS} active API keys"))
        if self._creations.take(owner, self._desk.rate or _CREATIONS).exceeded:
            raise Rejection(shapes.error(429, "Rate limit exceeded"))
        return JSONResponse({"data": made(self._front.keys.make(owner, body)), "success": True})


def _time_of(body: dict[str, Any]) -> datetime | None:
    try:
        return read_time(body.get("expiresAt"))
    except ValueError:
        raise Rejection(shapes.wrong("expiresAt", "There is no such day")) from None


def _change(key: Key, body: dict[str, Any]) -> None:
    if "expiresAt" in body:
        key.expires = _time_of(body)
    if "consumptionLimit" in body:
        key.limits = dict(body["consumptionLimit"])
    for name, attribute in _CHANGEABLE.items():
        if name in body:
            setattr(key, attribute, body[name])
