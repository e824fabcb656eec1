"""What differs between the vendors that speak OpenAI's Images API."""

from collections.abc import Mapping
from dataclasses import dataclass

from limner.core.adapter import Order
from limner.core.models import Model


@dataclass(frozen=True, slots=True)
class Dialect:
    """One vendor's way of speaking it."""

    provider: str
    title: str
    user: str
    """The field that names the end user."""
    request_id: tuple[str, ...]
    """Response headers that name the request, best first."""
    url_seconds: int | None
    """How long a picture at a URL stays there, counted from the answer's `created`. Absent: nobody says."""
    remedies: Mapping[int | str, str]
    """What to do about an error, by the vendor's code or else by status. Absent: the error's own words."""


def wire_name(model: Model) -> str:
    """What the vendor calls the model: `model` in its wire names. Absent: its own name."""
    return str(model.wire.get("model", model.name))


def model_id(order: Order | None) -> str | None:
    """Which model an error is about. Absent: none."""
    return order.model.id if order else None
