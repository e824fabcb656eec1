"""Which models there are and what each takes (facts sheet of 2026-11-21, OpenAPI amended to SDK 3.52)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

_THREE: Final = ("low", "medium", "high")
_FIVE: Final = (*_THREE, "xhigh", "max")
_PNG_JPEG_WEBP: Final = ("png", "jpeg", "webp")


@dataclass(frozen=True, slots=True)
class Model:
    """One model as the endpoint knows it."""

    id: str
    family: str
    """What its prices go by: `gpt-image-2`."""
    released: date
    shutdown: date | None = None
    """From this day on it answers 404. Absent: none is announced."""
    free_sizes: bool = True
    qualities: tuple[str, ...] = _THREE
    formats: tuple[str, ...] = _PNG_JPEG_WEBP
    markup: bool = False
    complexity: bool = False
    fidelity: tuple[str, ...] = ()
    """Values of `input_fidelity`. None: the field must be left out."""

    def retired(self, today: date) -> bool:
        """Whether it accepts no more requests."""
        return self.shutdown is not None and self.shutdown <= today


def _model_2_6(name: str) -> Model:
    return Model(
        name,
        "gpt-image-2.6",
        date(2026, 11, 4),
        qualities=_FIVE,
        formats=(*_PNG_JPEG_WEBP, "gif", "svg"),
        markup=True,
        complexity=True,
    )


def _model_2_5(name: str) -> Model:
    return Model(name, "gpt-image-2.5", date(2026, 9, 8), qualities=_FIVE, markup=True)


_OLD_END: Final = date(2026, 12, 1)

_ALL: Final = (
    _model_2_6("gpt-image-2.6-sunburst"),
    _model_2_6("gpt-image-2.6-flare"),
    _model_2_5("gpt-image-2.5-sunburst"),
    _model_2_5("gpt-image-2.5-sunburst-2026-09-08"),
    _model_2_5("gpt-image-2.5-flare"),
    _model_2_5("gpt-image-2.5-flare-2026-09-08"),
    Model("gpt-image-2", "gpt-image-2", date(2026, 4, 21)),
    Model("gpt-image-2-2026-04-21", "gpt-image-2", date(2026, 4, 21)),
    *(
        Model(
            name,
            "gpt-image-1.5",
            date(2025, 12, 16),
            _OLD_END,
            free_sizes=False,
            fidelity=("low", "high"),
        )
        for name in ("gpt-image-1.5", "gpt-image-1.5-2025-12-16", "chatgpt-image-latest")
    ),
    Model(
        "gpt-image-1-mini",
        "gpt-image-1-mini",
        date(2025, 10, 6),
        _OLD_END,
        free_sizes=False,
        fidelity=("low",),
    ),
    Model(
        "gpt-image-1",
        "gpt-image-1",
        date(2025, 4, 23),
        date(2026, 10, 23),
        free_sizes=False,
        fidelity=("low", "high"),
    ),
    Model("dall-e-3", "dall-e-3", date(2023, 11, 6), date(2026, 5, 12), free_sizes=False),
    Model("dall-e-2", "dall-e-2", date(2022, 11, 3), date(2026, 5, 12), free_sizes=False),
)

MODELS: Final = {model.id: model for model in _ALL}
"""Every model that ever answered, by id; those whose day has come do so no more."""

MODERATION_MODELS: Final = (
    "omni-moderation-latest",
    "omni-moderation-2024-09-26",
    "text-moderation-latest",
    "text-moderation-stable",
)
"""Models of `/moderations`."""
