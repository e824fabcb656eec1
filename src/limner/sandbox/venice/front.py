"""Who calls: the key, the balance, the limits, and the headers that tell of them."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from limner.sandbox.accounts import Balances
from limner.sandbox.desk import Desk, Handler, Rejection
from limner.sandbox.ids import hex_id
from limner.sandbox.keys import Account, account_of
from limner.sandbox.limits import Standing, Windows
from limner.sandbox.venice import shapes
from limner.sandbox.venice.keyring import Key, Keyring, stamp
from limner.sandbox.venice.models import Model

PER_MINUTE: Final = 20
_FAILURES: Final = 20
_BLOCK: Final = 30.0
_START: Final = Decimal(50)
_KEPT_BREACHES: Final = 50
_VERSION: Final = "20260821.193530"
_BAD: Final = 400


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may call."""

    secret: str
    account: str
    """Whose balance it is."""
    key: Key | None
    """Absent: an account's first key, which may do all."""

    @property
    def is_admin(self) -> bool:
        """Whether it may manage keys."""
        return self.key is None or self.key.kind == "ADMIN"


class Front:
    """The front of the emulator."""

    def __init__(self, desk: Desk) -> None:
        """Open it with nothing counted."""
        self._desk = desk
        self._windows = Windows(desk.clock)
        self._failures = Windows(desk.clock, seconds=_BLOCK, lockout=_BLOCK)
        self.balances: Final = Balances(_START)
        self.keys: Final = Keyring(desk.clock)
        self.breaches: Final[deque[tuple[str, Mapping[str, Any]]]] = deque(maxlen=_KEPT_BREACHES)

    @property
    def limit(self) -> int:
        """Requests a minute."""
        return self._desk.rate or PER_MINUTE

    def guarded(self, handler: Handler) -> Handler:
        """Shut callers out for a while who fail too often, and give every answer its request id."""

        async def answer(request: Request) -> Response:
            caller = request.headers.get("authorization", "")
            most = max(_FAILURES, self._desk.rate or 0)
            if self._failures.take(caller, most, cost=0).exceeded:
                message = "Too many failed requests. Please wait 30 seconds before trying again."
                reply = shapes.error(429, message)
            else:
                try:
                    reply = await handler(request)
                except Rejection as rejection:
                    reply = rejection.response
                if reply.status_code >= _BAD:
                    self._failures.take(caller, most)
            reply.headers["cf-ray"] = f"{hex_id(16)}-FRA"
            reply.headers["x-venice-version"] = _VERSION
            return reply

        return answer

    def enter(self, request: Request) -> Caller:
        """Find out who calls.

        Raises:
            Rejection: nobody says who pays, the key is none, or it may not call.
        """
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if not secret:
            if "sign-in-with-x" in request.headers or "x-sign-in-with-x" in request.headers:
                raise Rejection(shapes.error(401, "Invalid Sign-in-with-x signature"))
            raise Rejection(shapes.unpaid(str(request.url)))
        return self._caller(scheme, secret)

    def administer(self, request: Request) -> Caller:
        """Find out who manages keys.

        Raises:
            Rejection: the key is none, or may not.
        """
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        caller = self._caller(scheme, secret)
        if not caller.is_admin:
            raise Rejection(shapes.error(401, shapes.UNAUTHENTICATED))
        return caller

    def known(self, request: Request) -> Caller:
        """Find out who asks for nothing that costs.

        Raises:
            Rejection: the key is none.
        """
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        return self._caller(scheme, secret)

    def _caller(self, scheme: str, secret: str) -> Caller:
        account = account_of(secret)
        if scheme != "Bearer" or account is Account.INVALID or self.keys.is_dead(secret):
            raise Rejection(shapes.error(401, shapes.UNAUTHENTICATED))
        if account is Account.FORBIDDEN:
            message = "API access has been disabled for this account. Please contact support@venice.ai"
            raise Rejection(shapes.error(403, message))
        key = self.keys.held(secret)
        return Caller(secret, key.owner if key else secret, key)

    def count(self, caller: Caller, what: str) -> Standing:
        """Count a request.

        Raises:
            Rejection: it is one too many.
        """
        standing = self._windows.take(caller.secret, self.limit)
        if standing.exceeded:
            now = self._desk.clock.now()
            breach = {
                "apiKeyId": caller.key.id if caller.key else caller.secret[-6:],
                "modelId": what,
                "rateLimitTier": "paid",
                "rateLimitType": "RPM",
                "timestamp": stamp(now),
            }
            self.breaches.append((caller.account, breach))
            reply = shapes.error(429, "Rate limit exceeded")
            reply.headers.update(self.standing(standing))
            reply.headers["retry-after"] = f"{max(1, round(standing.resets_in))}"
            raise Rejection(reply)
        return standing

    def standing(self, standing: Standing) -> dict[str, str]:
        """The headers that say where a caller stands."""
        resets = self._desk.clock.now().timestamp() + standing.resets_in
        return {
            "x-ratelimit-limit-requests": str(standing.limit),
            "x-ratelimit-remaining-requests": str(standing.remaining),
            "x-ratelimit-reset-requests": str(round(resets)),
            "x-ratelimit-type": "user",
        }

    def balance(self, caller: Caller) -> dict[str, str]:
        """The headers that say what the caller has, before the call."""
        left = self.balances.left(caller.account)
        return {"x-venice-balance-usd": f"{left.normalize():f}", "x-venice-balance-diem": "0"}

    def pay(self, caller: Caller, model: Model, amount: Decimal) -> None:
        """Take what work costs.

        Raises:
            Rejection: the key may not use the model, or the money is not there.
        """
        key = caller.key
        if key is not None and key.privacy == "PRIVATE_ONLY" and not model.private:
            raise Rejection(shapes.error(403, "Unauthorized access"))
        if key is not None and self.keys.exhausted(key, amount):
            raise Rejection(shapes.error(402, shapes.USD_LIMIT))
        if not self.balances.spend(caller.account, amount):
            raise Rejection(shapes.error(402, shapes.NO_BALANCE))
        if key is not None:
            self.keys.spend(key, amount)

    def give_back(self, caller: Caller, amount: Decimal) -> None:
        """Take a charge back."""
        self.balances.spend(caller.account, -amount)
        if caller.key is not None:
            self.keys.spend(caller.key, -amount)
