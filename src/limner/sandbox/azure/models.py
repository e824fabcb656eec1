"""What is deployed, what it takes and costs (facts sheet of 2026-11-21)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from limner.sandbox.openai.fields import COMMON, EDITS, Field
from limner.sandbox.openai.models import MODELS, Model
from limner.sandbox.openai.prices import Rates

FORMATS: Final = ("png", "jpeg")
"""What is delivered, and what is accepted for an edit: never WebP."""

_LOW_HIGH: Final = ("low", "high")


def _deployed(model: str, retires: date, *, fidelity: tuple[str, ...] = _LOW_HIGH) -> Model:
    return replace(
        MODELS[model],
        shutdown=retires,
        qualities=("low", "medium", "high"),
        formats=FORMATS,
        markup=False,
        complexity=False,
        fidelity=fidelity,
    )


DEPLOYMENTS: Final[Mapping[str, Model]] = {
    "gpt-image-2": _deployed("gpt-image-2", date(2027, 10, 21)),
    "img2": _deployed("gpt-image-2", date(2027, 10, 21)),
    "gpt-image-2.5-sunburst": _deployed("gpt-image-2.5-sunburst", date(2027, 9, 9)),
    "gpt-image-2.5-flare": _deployed("gpt-image-2.5-flare", date(2027, 9, 9)),
    "gpt-image-1.5": _deployed("gpt-image-1.5", date(2026, 12, 16)),
    "gpt-image-1-mini": _deployed("gpt-image-1-mini", date(2027, 4, 7), fidelity=()),
    "gpt-image-1": _deployed("gpt-image-1", date(2026, 10, 23)),
}
"""Deployments of the emulated resource: one named as its model each, and `img2` of the published example."""

_FIVE, _EIGHT, _THIRTY = Decimal("5.00"), Decimal("8.00"), Decimal("30.00")

RATES: Final[Mapping[str, Rates]] = {
    "gpt-image-2.5": Rates(_FIVE, _EIGHT, _THIRTY),
    "gpt-image-2": Rates(_FIVE, _EIGHT, _THIRTY),
    "gpt-image-1.5": Rates(_FIVE, _EIGHT, Decimal("32.00")),
    "gpt-image-1-mini": Rates(Decimal("2.00"), Decimal("2.50"), _EIGHT),
    "gpt-image-1": Rates(_FIVE, Decimal("10.00"), Decimal("40.00")),
}
"""US dollars per million tokens, global standard."""

_BOTH: Final = (
    "prompt",
    "model",
    "n",
    "size",
    "quality",
    "background",
    "output_format",
    "stream",
    "partial_images",
    "user",
)

GENERATION_FIELDS: Final[Mapping[str, Field]] = {
    name: COMMON[name] for name in (*_BOTH, "output_compression")
}
"""Fields of a generation."""

EDIT_FIELDS: Final[Mapping[str, Field]] = {name: EDITS[name] for name in (*_BOTH, "input_fidelity")}
"""Fields of an edit, besides its pictures."""

OLDEST_VERSION: Final = "2025-04-01-preview"
"""GPT image models need this `api-version` or a later one."""

PER_MINUTE: Final[Mapping[str, int]] = {"gpt-image-1": 5, "gpt-image-1.5": 5, "gpt-image-1-mini": 5}
"""Images a minute and deployment, by model family: the published default of the gpt-image-1 series."""

USUAL_PER_MINUTE: Final = 60
"""For the other families, whose default is not published."""
