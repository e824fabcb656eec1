"""What work costs, in Anlas (facts sheet of 2026-11-21; its formula is checked against measured rows)."""

from decimal import ROUND_CEILING, Decimal
from typing import Final

_AREA: Final = Decimal("2.951823174884865e-6")
_STEP: Final = Decimal("5.753298233447344e-7")
_LEAST: Final = 2
FREE_AREA: Final = 1_048_576
"""On Opus, one picture up to this area and `FREE_STEPS` costs nothing."""
FREE_STEPS: Final = 28
_MOST_TOOL_AREA: Final = 3_145_728
_REFERENCE, _VIBE, _FREE_VIBES = 5, 2, 4
VIBE: Final = Decimal(2)
"""For encoding one vibe."""
_UPSCALE_PATCH, _FREE_UPSCALE = 262_144, 409_600  # no current figure is published: the emulator's own
PICTURES_A_PERCENT: Final = Decimal("17.3")
"""On V5, free pictures draw on a percentage; so many use up one percent."""


def _up(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))


def base(area: int, steps: int) -> int:
    """The price of one plain V3 or V4 picture.

    Example:
        >>> base(1024 * 1024, 29), base(1088 * 1088, 50), base(1472 * 1472, 28)
        (21, 38, 42)
    """
    return _up(_AREA * area + _STEP * area * steps)


def one_picture(area: int, steps: int, factor: Decimal, strength: Decimal) -> int:
    """The price of one picture.

    Args:
        area: width times height.
        steps: sampling steps.
        factor: 1.2 with `sm`, 1.4 with `sm_dyn`, 1.5 on V5, else 1.
        strength: how much of a given picture is repainted; 1 without one.

    Example:
        >>> one_picture(1088 * 1088, 28, Decimal("1.5"), Decimal(1))
        35
    """
    return max(_up(base(area, steps) * factor * strength), _LEAST)


def generation(each: int, samples: int, *, free: int, references: int, vibes: int) -> Decimal:
    """The price of a request.

    Args:
        each: of one picture.
        samples: how many pictures.
        free: how many of them cost nothing.
        references: precise references.
        vibes: encoded vibes; four are free.
    """
    extra = _REFERENCE * references * samples + _VIBE * max(vibes - _FREE_VIBES, 0)
    return Decimal(each * (samples - free) + extra)


def tool(kind: str, area: int, *, opus: bool) -> Decimal:
    """The price of a director tool.

    Example:
        >>> tool("bg-removal", 1024 * 1024, opus=True), tool("lineart", 640 * 640, opus=False)
        (Decimal('65'), Decimal('20'))
    """
    billed = min(max(area, FREE_AREA), _MOST_TOOL_AREA)
    price = base(billed, FREE_STEPS)
    if kind == "bg-removal":
        return Decimal(3 * price + 5)
    return Decimal(0 if opus and billed <= FREE_AREA else price)


def upscale(area: int, *, opus: bool) -> Decimal:
    """The price of an upscale: one for every 512 × 512 pixels begun, free on Opus when small."""
    return Decimal(0) if opus and area <= _FREE_UPSCALE else Decimal(-(-area // _UPSCALE_PATCH))
