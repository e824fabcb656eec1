"""What a run costs, from the published price of its endpoint."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from limner.sandbox.fal.endpoints import Endpoint

MEGAPIXEL: Final = 1024 * 1024
"""What is counted as one, so that 1024 × 1024 is one. The published text says only "rounded up"."""

_SECONDS: Final = Decimal("1.2")  # of a run that is billed by time: the emulator's own
_PER_SECOND: Final = Decimal("0.00111")  # its rate is not published: the emulator's own


def megapixels(width: int, height: int) -> int:
    """Megapixels, rounded up.

    Example:
        >>> megapixels(1024, 768), megapixels(1024, 1025)
        (1, 2)
    """
    return -(-width * height // MEGAPIXEL)


def bill(
    endpoint: Endpoint,
    given: Mapping[str, Any],
    made: Sequence[tuple[int, int]],
    sources: Sequence[tuple[int, int]],
) -> tuple[Decimal, Decimal]:
    """Count and price a run.

    Args:
        endpoint: what ran.
        given: its input.
        made: sizes of the pictures it made.
        sources: sizes of the pictures it was given.

    Returns:
        Billable units, and US dollars.
    """
    price = endpoint.price
    if price["unit"] == "compute_second":
        return _SECONDS, _SECONDS * _PER_SECOND
    if price["unit"] == "image":
        units = Decimal(len(made))
        return units, units * _per_image(endpoint, given)
    counted = [*made, *sources] if price.get("input_images_count_as_mp") else [*made]
    units = Decimal(sum(megapixels(*size) for size in counted))
    if "first_mp_usd" in price:
        return units, price["first_mp_usd"] + (units - 1) * price["next_mp_usd"]
    return units, units * price["usd"]


def _per_image(endpoint: Endpoint, given: Mapping[str, Any]) -> Decimal:
    price = endpoint.price
    if "by" in price:
        return price["usd"][endpoint.value(given, price["by"])]
    if "vector_style_usd" in price and str(given.get("style", "")).startswith("vector"):
        return price["vector_style_usd"]
    return price["usd"]


def unit_price(endpoint: Endpoint) -> tuple[Decimal, str]:
    """What the platform API says of an endpoint: dollars for one unit, and the unit's name."""
    price = endpoint.price
    if price["unit"] == "compute_second":
        return _PER_SECOND, "compute_seconds"
    usd: Decimal = (
        max(price["usd"].values()) if "by" in price else price.get("first_mp_usd", price.get("usd"))
    )
    return usd, f"{price['unit']}s"
