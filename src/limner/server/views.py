"""What Limner's own interface answers, as documented shapes; `answers.py` writes the one with pictures."""

from datetime import datetime

from pydantic import BaseModel, Field

from limner.core.errors import Error
from limner.core.models import Model
from limner.core.money import Cost, Money, Price
from limner.core.notes import Note
from limner.core.results import Attempt, Measured
from limner.server.standing import BreakerOut


class MoneyOut(BaseModel):
    """An amount in a unit. Amounts are decimal numbers in text, so that no digit is lost."""

    amount: str
    unit: str


class PriceOut(BaseModel):
    """A price before, or a cost after."""

    kind: str = Field(description="exact, estimated or unknown")
    usd: str | None = Field(description="US dollars. Absent: unknown, or the unit has no published rate.")
    most: str | None = Field(default=None, description="The most it can come to, in US dollars.")
    native: MoneyOut | None
    arithmetic: str
    free: bool


class NoteOut(BaseModel):
    """One thing that is not as asked, or not obvious."""

    kind: str
    text: str
    field: str | None
    asked: str | None
    used: str | None


class MeasuredOut(BaseModel):
    """What was found in the bytes themselves."""

    width: int
    height: int
    media_type: str
    bytes: int
    changed_outside_mask: int | None
    outside_mask: int | None
    seam: float | None
    blank: bool


class ImageOut(BaseModel):
    """One finished picture."""

    b64_json: str | None = Field(default=None, description="The bytes. Absent: `url` leads to them.")
    url: str | None = Field(default=None, description="Where the bytes are for a while, if asked for so.")
    url_expires_at: datetime | None = None
    media_type: str
    width: int
    height: int
    seed: int | None
    revised_prompt: str | None
    attempt: int
    measured: MeasuredOut


class AttemptOut(BaseModel):
    """One call to one provider."""

    id: str
    provider: str
    model: str
    state: str
    cost: PriceOut
    seconds: float
    request_id: str | None
    error: str | None
    sent: dict[str, object]


class RunOut(BaseModel):
    """The whole answer to one request."""

    id: str
    provider: str
    model: str
    images: list[ImageOut]
    cost: PriceOut
    quote: PriceOut
    notes: list[NoteOut]
    attempts: list[AttemptOut]
    fallback_used: bool
    tags: list[str]
    request_id: str


class QuoteOut(BaseModel):
    """What a request would cost, and on what."""

    model: str
    title: str
    provider: str
    price: PriceOut
    calls: int
    notes: list[NoteOut]


class ProblemOut(BaseModel):
    """What went wrong: what happened, what was billed, what to do (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    billed: str
    remedy: str
    request_id: str
    field: str | None = None
    suggestions: list[str] | None = None
    provider: str | None = None
    model: str | None = None
    again: str | None = Field(
        default=None, description="never, same or another: whether a provider may be asked once more."
    )
    retry_after: float | None = None
    kept: list[str] | None = Field(
        default=None,
        description="Pictures that were paid for and could not be finished, as they came, in base64.",
    )


def price_of(price: Price | Cost) -> PriceOut:
    """A price or a cost as it is shown."""
    most = price.most if isinstance(price, Price) else None
    native = price.native
    return PriceOut(
        kind=price.kind.value,
        usd=None if price.usd is None else f"{price.usd:f}",
        most=None if most is None else f"{most:f}",
        native=None if native is None else money_of(native),
        arithmetic=price.arithmetic,
        free=native is not None and native.amount == 0 and price.kind == "exact",
    )


def money_of(money: Money) -> MoneyOut:
    """An amount as it is shown."""
    return MoneyOut(amount=f"{money.amount:f}", unit=money.unit)


def note_of(note: Note) -> NoteOut:
    """A note as it is shown."""
    return NoteOut(kind=note.kind.value, text=note.text, field=note.field, asked=note.asked, used=note.used)


def measured_of(measured: Measured) -> MeasuredOut:
    """Measurements as they are shown."""
    return MeasuredOut(
        width=measured.size.width,
        height=measured.size.height,
        media_type=measured.media_type,
        bytes=measured.bytes,
        changed_outside_mask=measured.changed_outside_mask,
        outside_mask=measured.outside_mask,
        seam=measured.seam,
        blank=measured.blank,
    )


def attempt_of(attempt: Attempt) -> AttemptOut:
    """An attempt as it is shown."""
    return AttemptOut(
        id=attempt.id,
        provider=attempt.provider,
        model=attempt.model,
        state=attempt.state.value,
        cost=price_of(attempt.cost),
        seconds=attempt.seconds,
        request_id=attempt.request_id,
        error=None if attempt.error is None else _said(attempt.error),
        sent=attempt.sent,
    )


def _said(error: Error) -> str:
    return str(error)


class AbilityOut(BaseModel):
    """How a model carries out one operation."""

    prompt: str = Field(description="required, optional or unused")
    images: tuple[int, int] = Field(description="Fewest and most source pictures.")
    mask: str = Field(description="required, optional or unused; unused means that Limner composites.")
    price: PriceOut | None = Field(
        description="One picture at the model's own size. Absent: only known with the request."
    )
    band: str | None = Field(
        description="budget: $0.03 or less; mid: $0.05 or less; premium. Absent: unknown."
    )


class ModelOut(BaseModel):
    """One model of one provider."""

    id: str
    title: str
    provider: str
    provider_title: str
    description: str
    tier: str
    lifecycle: str
    shutdown_on: str | None
    successor: str | None
    hosting: str = Field(description="here, own or vendor: where the pixels are sent")
    regions: list[str] = Field(description="Where the pixels may be processed. Empty: it is not known.")
    addresses: dict[str, str] = Field(
        description="Regional addresses: called where a request allows their region and not the usual ones."
    )
    classification: str | None = Field(
        description="The most confidential material it is cleared for. Absent: nobody has cleared it."
    )
    data_terms: str = Field(
        description="What the vendor says becomes of what it is sent. Empty: it does not say."
    )
    licence: str | None
    available: bool
    unavailable_because: str | None
    remedy: str | None
    operations: dict[str, AbilityOut]
    sizes: list[str] = Field(description="Those it makes. Empty: within bounds, or it decides.")
    default_size: str | None
    free_sizes: bool
    most_edge: int | None
    n: int
    qualities: list[str]
    negative_prompt: bool
    seed: bool
    references: int
    partial_images: int
    source: str
    checked_on: str


class ProviderOut(BaseModel):
    """One provider or painter."""

    slug: str
    title: str
    hosting: str
    available: bool
    unavailable_because: str | None
    layer: str | None = Field(description="key, flag, breaker, window or probe: where it was found so.")
    remedy: str | None
    models: int
    breaker: BreakerOut
    operations: dict[str, BreakerOut] = Field(description="Breakers of single operations.")
    success_rate: float | None = Field(description="Of the last hour's calls here, 0..1. Absent: none.")
    checked_at: datetime


def describe_sizes(model: Model) -> tuple[list[str], int | None]:
    """The sizes a model makes, and the longest edge it takes when it is free to choose."""
    free = model.sizes.free
    return [str(size) for size in model.sizes.fixed], None if free is None else free.most_edge
