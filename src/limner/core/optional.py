"""What an adapter may have besides: found by `isinstance`, never by a vendor's name.

Streams    previews on the submitting connection
Finds      work whose submission was never answered, in the vendor's own list
Traces     the same, by a name of ours that the work bears
Watches    a look at work whose call blocks, and a way to stop it
Uploads    inputs that lie at the vendor first
Prepares   paid calls before the call
Hooks      calls from the vendor, which wake the poll
Lists      which models it has now
Moderates  what it thinks of a prompt, for nothing
Balances   what the account can still spend
Prices     what an order will cost, by the vendor's own word
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol, runtime_checkable

from limner.core.adapter import Done, Order, Partial, Ticket
from limner.core.http import Frame, HttpCall, HttpReply, no_headers
from limner.core.money import Money
from limner.core.pictures import Picture


@runtime_checkable
class Streams(Protocol):
    """Previews on the submitting connection, for calls that have `HttpCall.stream`."""

    def event(self, frame: Frame, order: Order) -> Partial | Done | None:
        """Read one frame. `None`: it says nothing.

        A stream may bring several `Done`, one for each picture: the driver joins them. One that ends
        without any is an error.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sight:
    """How work stands whose call has not been answered yet."""

    ours: bool
    """Whether it is this very work that is being done now: it may be stopped."""
    progress: float | None = None
    """0..1. Absent: the vendor does not say."""


@runtime_checkable
class Watches(Protocol):
    """Work whose call blocks is looked at beside it, by the name `Order.task` gives it. All of it free."""

    def watch(self, order: Order) -> HttpCall | None:
        """Describe the call that asks how it stands. `None`: this order cannot be looked at."""
        ...

    def watched(self, reply: HttpReply) -> Sight:
        """Read its answer.

        Raises:
            Malformed: it does not say.
        """
        ...

    def stop(self, order: Order) -> HttpCall:
        """Describe the call that stops it. It is sent only when the last look found it under way."""
        ...


@runtime_checkable
class Finds(Protocol):
    """Work whose submission was never answered is looked for in the vendor's own list. All of it free."""

    def lately(self, order: Order) -> HttpCall:
        """Describe the call that lists what the account had done lately."""
        ...

    def alike(self, reply: HttpReply, order: Order, seconds: float) -> tuple[Ticket, ...]:
        """Find all work in the list that can be this order's: made since it was sent, with the same inputs.

        Args:
            reply: the list.
            order: as it was sent.
            seconds: how long ago that was.

        Raises:
            Malformed: it is no list.
        """
        ...


@runtime_checkable
class Traces(Protocol):
    """Work whose submission was never answered is asked for by the name that `Order.task` gave it.

    The name is nobody else's, so that what bears it is surely this order's. All of it free.
    """

    def trace(self, order: Order) -> Ticket | None:
        """Describe where to look, as a ticket that is polled like any other. `None`: it has no name.

        Where no work bears the name, `read` raises an error that says so, with `billed=no`.
        """
        ...


@runtime_checkable
class Uploads(Protocol):
    """Inputs that lie at the vendor first. All of it free, so asked again where it fails."""

    def hosts(self, order: Order) -> tuple[Picture, ...]:
        """Which pictures to host. Empty: none."""
        ...

    def upload(self, picture: Picture) -> HttpCall:
        """Describe the first call that hosts a picture."""
        ...

    def uploaded(self, picture: Picture, replies: tuple[HttpReply, ...]) -> HttpCall | str:
        """Say how to go on after some calls: the next one, or where the picture lies.

        Args:
            picture: the one that is hosted.
            replies: the successful answers so far, at least one.

        Raises:
            Malformed: an answer cannot be read.
        """
        ...


@runtime_checkable
class Prepares(Protocol):
    """Paid calls before the call, each with an attempt row of its own.

    Equal calls of one run are made once: what they brought is kept, and serves all its orders, also after
    a crash. Before the first of them `submit` is asked, so that an order it refuses costs nothing.
    """

    def prepare(self, order: Order) -> tuple[HttpCall, ...]:
        """Describe the paid calls that come first. Empty: none is needed. Deterministic."""
        ...

    def prepared(self, order: Order, replies: tuple[HttpReply, ...]) -> Order:
        """Put what those calls brought into the order.

        Args:
            order: as it was given to `prepare`.
            replies: the successful answers, one for each call, in order.

        Raises:
            Malformed: an answer cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Hook:
    """A call that somebody made to us and says is the vendor's."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = field(repr=False)


@runtime_checkable
class Hooks(Protocol):
    """The vendor calls when work is done. That wakes the poll; what it says is never taken for a result."""

    def hook_keys(self) -> HttpCall:
        """Describe the free call that fetches the vendor's public keys."""
        ...

    def verify(self, hook: Hook, keys: HttpReply, now: datetime) -> str:
        """Check who is calling.

        Args:
            hook: as it came.
            keys: the answer to `hook_keys`.
            now: a hook that was signed long before or after is somebody's copy.

        Returns:
            The task that may be done.

        Raises:
            Refused: it is not the vendor's, or too old.
        """
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """What an account at a vendor can still spend."""

    balance: Decimal | None
    """Absent: the vendor does not say."""
    unit: str
    """What the balance counts: `credits`, `anlas`, `USD`."""
    plan: str | None = None
    """The subscription's name. Absent: none, or not said."""
    active: bool = True
    """Whether the account may be used at all."""
    allowance: Decimal | None = None
    """How much of what the plan includes is left, 0..1. Absent: it includes nothing that is counted."""
    facts: Mapping[str, str] = field(default_factory=no_headers)
    """More for people to read, by name."""


@runtime_checkable
class Balances(Protocol):
    """The vendor says what the account can still spend."""

    def balance(self) -> HttpCall:
        """Describe the free call."""
        ...

    def read_balance(self, reply: HttpReply) -> Account:
        """Read its answer.

        Raises:
            Malformed: it is none.
        """
        ...


@runtime_checkable
class Prices(Protocol):
    """The vendor says what an order will cost before it is sent."""

    def price(self, order: Order) -> HttpCall:
        """Describe the free call.

        Raises:
            UserError: an option does not go with the model.
        """
        ...

    def read_price(self, reply: HttpReply) -> Money:
        """Read its answer.

        Raises:
            Malformed: it names no price.
        """
        ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A model as the provider lists it now."""

    name: str
    shutdown_on: str | None = None
    """ISO date. Absent: none announced."""


@runtime_checkable
class Lists(Protocol):
    """The provider can say which models it has."""

    def list_models(self) -> HttpCall:
        """Describe the free call."""
        ...

    def read_models(self, reply: HttpReply) -> tuple[Listed, ...]:
        """Read its answer."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What moderation thinks of a prompt or picture."""

    flagged: bool
    categories: tuple[str, ...] = ()


@runtime_checkable
class Moderates(Protocol):
    """The provider offers a free moderation call."""

    def moderate(self, text: str, pictures: tuple[Picture, ...]) -> HttpCall:
        """Describe the free call. The pictures have been probed."""
        ...

    def read_verdict(self, reply: HttpReply) -> Verdict:
        """Read its answer."""
        ...
