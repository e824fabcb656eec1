"""Easel's documents: what is sent, and readers that want only what is needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from limner.core.adapter import Artifact, Fetch, Order
from limner.core.http import HttpCall, Inline, Timeout
from limner.core.models import Model
from limner.providers._shared.options import given
from limner.providers._shared.reading import items, mapping, redact, text, whole


def painting(order: Order) -> dict[str, object]:
    """The body that orders a painting. What is absent is not sent.

    Raises:
        UserError: the model does not take one of the options.
    """
    request = order.request
    values: dict[str, object] = {
        "model": name(order.model),
        "prompt": request.prompt or None,
        "size": str(request.size) if request.size else None,
        "count": request.n,
        "seed": request.seed,
        "finish": order.quality,
        "canvas": Inline(request.images[0].data) if request.images else None,
        "mask": Inline(order.mask) if order.mask else None,
        **given(order),
    }
    return {key: value for key, value in values.items() if value is not None}


def name(model: Model) -> str:
    """What Easel calls the model. Absent from its wire names: its own name."""
    return str(model.wire.get("model", model.name))


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error in Easel's words."""

    code: str
    message: str


def complaint(document: object) -> Complaint | None:
    """Read `{"error": {"code", "message"}}`. `None`: it is no error of Easel's."""
    error = mapping(mapping(document).get("error"))
    code, message = text(error.get("code")), text(error.get("message"))
    return Complaint(code, redact(message)) if code and message else None


def progress(document: Mapping[str, object]) -> float | None:
    """How far it is, 0..1, from whole per cents."""
    percent = whole(document.get("percent"))
    return None if percent is None else min(max(percent / 100, 0.0), 1.0)


def pictures(document: Mapping[str, object]) -> tuple[Artifact, ...]:
    """The finished pictures. They lie at signed URLs, which must not see the key."""
    entries = [mapping(entry) for entry in items(document.get("pictures"))]
    return tuple(_artifact(url, entry) for entry in entries if (url := text(entry.get("url"))))


def _artifact(url: str, entry: Mapping[str, object]) -> Artifact:
    expires = whole(entry.get("expires_at"))
    return Artifact(
        Fetch(
            HttpCall("GET", url, timeout=Timeout.TRANSFER, auth="none"),
            None if expires is None else float(expires),
        ),
        seed=whole(entry.get("seed")),
        flagged=entry.get("blurred") is True,
    )


def credits_charged(document: Mapping[str, object]) -> Decimal | None:
    """What it cost, in credits. `None`: Easel does not say."""
    try:
        return Decimal(text(document.get("credits")) or "")
    except InvalidOperation:
        return None
