"""Which models there are, which parameters each takes and what it costs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

SOURCES: Final = (
    "Together OpenAPI 2.0.0 of 2026-04-28",
    "model catalog of 2026-10-07",
    "facts sheet of 2026-11-21",
)

_MILLION: Final = Decimal(1_000_000)
_PRO_4K: Final = (Decimal("0.134"), Decimal("0.24"))  # dollars of Gemini 3 Pro: up to 2K, and at 4K
_2K: Final = 2048 * 2048

_ALL: Final = frozenset(
    {"model", "prompt", "n", "width", "height", "seed", "response_format", "output_format"}
)
_GOOGLE_RATIOS: Final = (1, 2 / 3, 3 / 2, 3 / 4, 4 / 3, 4 / 5, 5 / 4, 9 / 16, 16 / 9, 21 / 9)


@dataclass(frozen=True, slots=True)
class Model:
    """One model."""

    id: str
    title: str
    usd: Decimal
    """Dollars by megapixel."""
    default_steps: int | None
    listed: bool
    """Whether the catalog still has it."""

    @property
    def is_flux(self) -> bool:
        """Whether sides are 256–1920 and multiples of 8."""
        return self.id.startswith("black-forest-labs/FLUX")

    @property
    def ratios(self) -> tuple[float, ...]:
        """The shapes of its menu of sizes; empty where it has none."""
        return _GOOGLE_RATIOS if self.id.startswith("google/") else ()

    @property
    def window(self) -> tuple[int, int] | None:
        """The least and the largest area in pixels, where one is published."""
        return (1265 * 1265, 1440 * 1440) if self.id.startswith("Wan-AI/") else None

    @property
    def fields(self) -> frozenset[str]:
        """The parameters it takes."""
        return _ALL | {field for field, takes in _TAKES.items() if any(part in self.id for part in takes)}


# Which models take a parameter, by part of their ids, as the facts sheet has it.
_TAKES: Final[Mapping[str, tuple[str, ...]]] = {
    "aspect_ratio": ("FLUX.1-schnell", "kontext"),
    "steps": (
        "schnell", "kontext", "FLUX.2-dev", "FLUX.2-flex", "FLUX.2-max", "stable-diffusion", "Juggernaut",
    ),
    "negative_prompt": (
        "FLUX.1", "stable-diffusion", "Qwen", "Wan", "Seedream", "ideogram", "imagen", "Juggernaut",
    ),
    "guidance_scale": ("FLUX.2-dev", "FLUX.2-flex", "stable-diffusion", "kontext"),
    "guidance": ("FLUX.2-dev", "FLUX.2-flex"),
    "image_url": ("kontext", "FLUX.2-pro", "FLUX.2-flex"),
    "reference_images": (
        "FLUX.2-pro", "FLUX.2-dev", "FLUX.2-flex", "gemini-3-pro-image", "flash-image-2.5",
    ),
    "image_loras": ("FLUX.2-dev",),
    "prompt_upsampling": ("FLUX.2",),
    "disable_safety_checker": ("black-forest-labs/",),
}  # fmt: skip


def _read(name: str) -> Any:
    text = files("limner.sandbox.together").joinpath(name).read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal)


@cache
def document() -> Mapping[str, Any]:
    """The published OpenAPI document."""
    return _read("openapi.json")


@cache
def models() -> Mapping[str, Model]:
    """Every model by id, those that were withdrawn included."""
    return {
        one["id"]: Model(
            one["id"],
            one["display_name"],
            one["price_per_mp_usd"],
            one["default_steps"],
            one["listed_2026_10_07"],
        )
        for one in _read("models.json")["data"]
    }


def price(model: Model, width: int, height: int, n: int, steps: int | None) -> Decimal:
    """What a call costs in US dollars.

    Args:
        model: what paints.
        width: in pixels.
        height: in pixels.
        n: how many pictures.
        steps: as asked. Absent: the model's own.

    Example:
        >>> price(models()["black-forest-labs/FLUX.2-pro"], 1000, 1000, 2, None)
        Decimal('0.06')
    """
    if model.id == "google/gemini-3-pro-image":
        return n * _PRO_4K[width * height > _2K]
    more = Decimal(1)
    if steps and model.default_steps:
        more = max(more, Decimal(steps) / model.default_steps)
    return (n * width * height * model.usd * more / _MILLION).normalize()
