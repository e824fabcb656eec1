"""The contract of an adapter: pure translation between an order and one provider's HTTP.

An adapter turns an order into the description of a call, and a reply into an outcome. It does
no I/O, knows no secret, decodes no image and names no model.

One driver (`engine/drive.py`) sends, waits, polls, downloads and retries for every provider.

    submit(order) ──▶ HttpCall ──▶ (driver) ──▶ HttpReply ──▶ read() ──▶ Done
                                                                  └────▶ Pending(ticket)
    check(ticket) ──▶ HttpCall ──▶ … ──▶ read(reply, order, ticket) ──▶ Done | Pending

What a vendor has besides stands in `optional.py`, each as a protocol that an adapter may implement.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol

from limner.core.errors import ProviderError, Refused
from limner.core.http import HttpCall, HttpReply, no_headers
from limner.core.models import Model
from limner.core.requests import Request


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a killed run resumes from. Plain JSON, saved before the first wait."""

    task: str
    """The vendor's id of the work."""
    check: str
    """Path or URL to poll."""
    result: str | None = None
    """Where the result lies, when it is not in the poll's answer."""
    cancel: str | None = None
    """Absent: it cannot be cancelled."""
    stage: str = "work"
    """Which of several steps this ticket is for."""
    expires_at: float | None = None
    """Unix seconds after which the vendor forgets it. Absent: not known."""
    extra: Mapping[str, str] = field(default_factory=no_headers)
    """Anything else the adapter needs to go on."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """A picture that lies at a URL."""

    call: HttpCall
    expires_at: float | None = None
    """Unix seconds after which it is gone. Absent: not known, so fetched at once."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One picture of an outcome, inline or to be fetched."""

    source: bytes | Fetch = field(repr=False)
    media_type: str | None = None
    """As the vendor claims it. The bytes decide."""
    seed: int | None = None
    flagged: bool = False
    """Blurred, blanked or marked by the vendor's filter: a refusal in disguise."""
    note: str | None = None
    revised_prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What the vendor metered. Absent: it did not say."""

    text_in: int | None = None
    """Tokens."""
    image_in: int | None = None
    image_out: int | None = None
    text_out: int | None = None
    units: Decimal | None = None
    """In the unit of the model's price: credits, megapixels, seconds."""

    def joined(self, more: "Usage | None") -> "Usage":
        """What both metered together.

        Example:
            >>> Usage(text_in=3, image_out=100).joined(Usage(image_out=50))
            Usage(text_in=3, image_in=None, image_out=150, text_out=None, units=None)
        """
        if more is None:
            return self
        return Usage(
            text_in=_sum(self.text_in, more.text_in),
            image_in=_sum(self.image_in, more.image_in),
            image_out=_sum(self.image_out, more.image_out),
            text_out=_sum(self.text_out, more.text_out),
            units=self.units if more.units is None else more.units + (self.units or 0),
        )


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)


@dataclass(frozen=True, slots=True)
class Done:
    """The work is finished."""

    artifacts: tuple[Artifact, ...]
    missing: tuple[str, ...] = ()
    """Why each picture that was asked for and did not come is missing, in the vendor's words."""
    usage: Usage | None = None
    stated_cost: Decimal | None = None
    """What the vendor says it charged, in the price's unit. Absent: it does not say."""
    request_id: str | None = None
    tags: tuple[str, ...] = ()
    """The answer of `suggest_tags`."""

    def joined(self, more: "Done") -> "Done":
        """This and what the same stream brought later.

        Example:
            >>> len(Done((Artifact(b"1"),)).joined(Done((Artifact(b"2"),))).artifacts)
            2
        """
        cost = more.stated_cost
        return Done(
            self.artifacts + more.artifacts,
            self.missing + more.missing,
            self.usage.joined(more.usage) if self.usage else more.usage,
            self.stated_cost if cost is None else cost + (self.stated_cost or 0),
            self.request_id or more.request_id,
            self.tags + more.tags,
        )


@dataclass(frozen=True, slots=True)
class Pending:
    """The work goes on; this is how to ask for it."""

    ticket: Ticket
    delay: float = 1.0
    """Seconds the vendor suggests to wait. 0: the next call is ready now."""
    progress: float | None = None
    """0..1. Absent: the vendor does not say."""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Partial:
    """A preview that came before the picture."""

    data: bytes | None = field(default=None, repr=False)
    """Absent: only progress."""
    index: int = 0
    progress: float | None = None


Outcome = Done | Pending


# --- the order and the profile -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Order:
    """One call's worth of work: the request fitted to the model, its pictures prepared."""

    request: Request
    """`n`, sizes, formats and ranges are the model's; pictures and mask are encoded as it wants them."""
    model: Model
    options: object
    """The vendor's own options, an instance of `Adapter.options`."""
    mask: bytes | None = field(default=None, repr=False)
    """The mask encoded as `Model.mask` says. Absent: none, or the model takes none."""
    quality: str | None = None
    """The wire's word for the tier. Absent: not asked."""
    stream: bool = False
    hosted: Mapping[str, str] = field(default_factory=no_headers)
    """Where pictures lie at the vendor, by their digest; see `optional.Uploads`. Others go inline."""
    task: str | None = None
    """What Limner calls this attempt, unlike any other: for vendors that know work by its caller's name.
    Absent: it is not named yet."""
    hook: str | None = None
    """Where the vendor may call when the work is done; see `optional.Hooks`. Absent: nowhere."""


@dataclass(frozen=True, slots=True)
class AuthScheme:
    """Which header carries the key, and how."""

    header: str = "Authorization"
    prefix: str = "Bearer "


@dataclass(frozen=True, slots=True)
class Profile:
    """How a provider is reached, for all its models."""

    slug: str
    title: str
    base_url: str
    """Empty: the operator sets it."""
    auth: AuthScheme = AuthScheme()
    key_names: tuple[str, ...] = ()
    """Environment variables that hold the key; the first is the one to name to people."""
    key_optional: bool = False
    """Whether it can be used without a key, as servers of one's own can."""
    base_url_name: str | None = None
    """The environment variable that overrides `base_url`. Absent: it cannot be overridden."""
    sites: Mapping[str, str] = field(default_factory=no_headers)
    """Its other addresses, by name. Where the operator overrides `base_url`, they lie beside it: of
    `http://127.0.0.1:8790/fal/queue`, the site `rest` is `http://127.0.0.1:8790/fal/rest`."""
    trusted_hosts: tuple[str, ...] = ()
    """Besides the base URL's own host, who may see the key. `*.x.y` names subdomains."""
    concurrency: int = 16
    """Calls at once for one credential."""
    idempotency: str | None = None
    """The header that makes a repeated submit safe. Absent: there is none."""
    cancellable: bool = False
    billed_when_cancelled: Literal["no", "yes", "unknown"] = "unknown"
    homepage: str = ""
    """Where one gets a key."""


# --- the adapter -------------------------------------------------------------------------


class Adapter(Protocol):
    """What every provider implements. All of it pure."""

    profile: Profile
    options: type[object]
    """A frozen dataclass or strict model of the vendor's own options; built with keywords."""

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that starts the work, and perhaps finishes it. Deterministic."""
        ...

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Outcome:
        """Read a 2xx answer to `submit` (no ticket) or to `check`.

        Every vendor status is matched explicitly; an unknown one is `Malformed`, never "still
        running".

        Raises:
            ProviderError: the answer says it failed, or cannot be read.
            Refused: the vendor's moderation said no.
        """
        ...

    def check(self, ticket: Ticket) -> HttpCall:
        """Describe the free call that asks how far it is. Providers without tickets raise `TypeError`."""
        ...

    def cancel(self, ticket: Ticket) -> HttpCall | None:
        """Describe the call that stops it. `None`: it cannot be stopped."""
        ...

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts.

        Args:
            reply: the answer.
            order: what it is about. Absent: a free call about no order.
            ticket: what was asked for. Absent: the answer is to `submit`, or to a free call. An error
                about a ticket leaves open what became of the work, and whether it is billed.
        """
        ...
