"""What every emulator is given, and what it gives back: the contract between the sandbox and its vendors."""

import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from limner.core.clock import Clock
from limner.sandbox.bill import USD, Bill, Charge

VISIT: Final = "limner.sandbox.visit"

Handler = Callable[[Request], Awaitable[Response]]


class Rejection(Exception):
    """The emulator answers this instead of doing the work."""

    def __init__(self, response: Response) -> None:
        """Carry the answer.

        Args:
            response: status, headers and body in the vendor's own form.
        """
        super().__init__(f"answered {response.status_code}")
        self.response = response


@dataclass(slots=True)
class Visit:
    """One request while it is being answered."""

    provider: str
    route: str
    """Method and path pattern below the emulator: `GET /requests/{id}/status`."""
    carries: list[str] = field(default_factory=list[str])
    """Charges whose result this reply carries: delivered once it has left whole."""
    afterwards: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    """Called when the request is over, however it ended."""

    def over(self) -> None:
        """Call them, once."""
        while self.afterwards:
            self.afterwards.pop()()


class Desk:
    """One emulator's place in the sandbox."""

    def __init__(self, slug: str, clock: Clock, bill: Bill, *, rate: int | None, polls: int) -> None:
        """Set the desk up.

        Args:
            slug: the emulator's name in addresses and on the bill.
            clock: the sandbox's time.
            bill: where work is written down.
            rate: how many requests a key may make in a window. Absent: the vendor's own rule.
            polls: how many looks find ticketed work unfinished.
        """
        self.slug = slug
        self.clock = clock
        self.bill = bill
        self.rate = rate
        self.polls = polls

    def charge(
        self,
        request: Request,
        *,
        model: str,
        operation: str,
        images: int,
        amount: Decimal,
        unit: str = USD,
    ) -> Charge:
        """Bill work whose result the reply to this request carries.

        Args:
            request: the request being answered.
            model: the model that worked.
            operation: what was asked, in the vendor's word.
            images: how many pictures were made.
            amount: the price.
            unit: what the price is in.
        """
        charge = self.bill.add(self.slug, model, operation, images=images, amount=amount, unit=unit)
        self.carry(request, charge.id)
        return charge

    def root(self, request: Request) -> str:
        """Where the emulator begins: `http://127.0.0.1:8790/fal`."""
        return f"{str(request.base_url).rstrip('/')}/{self.slug}"

    def carry(self, request: Request, charge_id: str) -> None:
        """Say that the reply to this request carries the result of an earlier charge."""
        visit: Visit = request.scope[VISIT]
        visit.carries.append(charge_id)

    def when_over(self, request: Request, act: Callable[[], None]) -> None:
        """Do something when this request is over, however it ends."""
        visit: Visit = request.scope[VISIT]
        visit.afterwards.append(act)


@dataclass(frozen=True, slots=True)
class Route:
    """One address of a vendor."""

    method: str
    path: str
    """Below the emulator, with `{names}`: `/v1/models/{model}`."""
    handler: Handler


@dataclass(frozen=True, slots=True)
class Vendor:
    """One emulator."""

    slug: str
    base: str
    """Where its API begins below the slug, as its clients want their base URL: `/v1`."""
    key: str
    """A key that works, in the form its clients know."""
    sources: tuple[str, ...]
    """The published documents it was written from, with their dates."""
    open: Callable[[Desk], Sequence[Route]]
    """Sets the emulator up with nothing remembered."""
    failure: Callable[[int, str], Response]
    """An error in the vendor's envelope: status and message."""
    hints: tuple[str, ...] = ()
    """Words in keys and prompts that bring about what only this vendor does."""


class Visits:
    """How often every route was called, at a cost or not. Safe to read while the server writes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def arrive(self, provider: str, route: str) -> Visit:
        """Count a request."""
        with self._lock:
            self._counts[provider, route] += 1
        return Visit(provider, route)

    def counts(self) -> dict[str, dict[str, int]]:
        """Requests by provider and route."""
        by_provider: dict[str, dict[str, int]] = {}
        with self._lock:
            for (provider, route), count in self._counts.items():
                by_provider.setdefault(provider, {})[route] = count
        return by_provider

    def count(self, provider: str, route: str = "*") -> int:
        """How many requests one emulator had.

        Args:
            provider: its slug.
            route: on this route, or on those a pattern fits: `POST *`.
        """
        with self._lock:
            return sum(
                count
                for (slug, name), count in self._counts.items()
                if slug == provider and fnmatchcase(name, route)
            )

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._counts.clear()
