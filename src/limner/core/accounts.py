"""Keys that an operator has at a vendor, where the vendor lets a program look after them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol, runtime_checkable

from limner.core.http import HttpCall, HttpReply
from limner.core.secret import Secret

KeyKind = Literal["inference", "admin"]
"""What a key may do: use models, or look after keys too."""
KeyPeriod = Literal["day", "month", "ever"]
"""Over which time a key's limit counts."""


@dataclass(frozen=True, slots=True)
class KeyWish:
    """A key that is to be made."""

    description: str
    kind: KeyKind = "inference"
    expires: str | None = None
    """ISO date, or a moment in UTC. Absent: never."""
    usd: Decimal | None = None
    """The most it may spend in a period. Absent: no limit."""
    period: KeyPeriod = "month"


@dataclass(frozen=True, slots=True)
class VendorKey:
    """A key there is. Its secret cannot be seen again."""

    id: str
    kind: str
    description: str
    ends: str
    """Its last characters, to tell it from others."""
    created: str | None = None
    """ISO moment, as the other two. Absent: not said."""
    expires: str | None = None
    """Absent: never."""
    last_used: str | None = None
    """Absent: never."""
    usd: Decimal | None = None
    """Its limit. Absent: none."""
    spent: Decimal | None = None
    """US dollars in the last seven days. Absent: not said."""


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was just made."""

    id: str
    secret: Secret
    """Shown this once: keep it."""
    expires: str | None = None
    """Absent: never."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How often a key may call a model."""

    model: str
    amount: Decimal
    unit: str
    """As the vendor writes it: `RPM`."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A text that a wallet has signed."""

    address: str
    signature: str
    token: str
    """The text, from `Accounts.wallet_token`."""


@runtime_checkable
class Accounts(Protocol):
    """The vendor has calls that look after keys. They need a key that may; all of them are free."""

    def keys(self) -> HttpCall:
        """Describe the call that lists them."""
        ...

    def read_keys(self, reply: HttpReply) -> tuple[VendorKey, ...]:
        """Read its answer.

        Raises:
            Malformed: it is no list.
        """
        ...

    def make_key(self, wish: KeyWish) -> HttpCall:
        """Describe the call that makes one."""
        ...

    def read_made(self, reply: HttpReply) -> MadeKey:
        """Read its answer, or that of `wallet_key`.

        Raises:
            Malformed: it names no key.
        """
        ...

    def drop_key(self, key: str) -> HttpCall:
        """Describe the call that deletes the key of an id."""
        ...

    def limits(self) -> HttpCall:
        """Describe the call that says how often the key in use may ask."""
        ...

    def read_limits(self, reply: HttpReply) -> tuple[RateLimit, ...]:
        """Read its answer.

        Raises:
            Malformed: it names none.
        """
        ...

    def wallet_token(self) -> HttpCall:
        """Describe the call that gives a text for a wallet to sign. It needs no key."""
        ...

    def read_token(self, reply: HttpReply) -> str:
        """Read its answer.

        Raises:
            Malformed: it names no text.
        """
        ...

    def wallet_key(self, proof: Signed, wish: KeyWish) -> HttpCall:
        """Describe the call that makes a key for who signed. It needs no key."""
        ...
