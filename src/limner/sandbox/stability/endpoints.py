"""Every endpoint: its fields, their ranges, its price and the size of what it makes.

From the published OpenAPI document of 2026-09-22 and the facts sheet of 2026-11-21.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

Kind = Literal["text", "number", "integer", "file"]
Output = Literal["1mp", "1.5mp", "as_input", "fast", "4mp", "4k", "margins"]


@dataclass(frozen=True, slots=True)
class Field:
    """One part of the form."""

    kind: Kind
    required: bool = False
    low: float | None = None
    """Least value, or least length of a text."""
    high: float | None = None
    choices: tuple[str, ...] = ()
    min_side: int = 64
    """Of a picture, in pixels, like the next four."""
    max_side: int | None = None
    min_pixels: int = 4096
    max_pixels: int | None = 9_437_184
    narrow: bool = False
    """Whether a picture must be between 1:2.5 and 2.5:1."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation."""

    path: str
    """Below `/v2beta/stable-image/`."""
    credits: Mapping[str, Decimal]
    """Price in credits, by model; under `""` where there is no choice."""
    fields: Mapping[str, Field]
    output: Output
    source: str = "image"
    """The field whose picture is worked on."""
    later: bool = False
    """Whether the answer is a ticket."""
    alpha: bool = False
    """Whether the result has a transparent background."""


PRESETS: Final = (
    "enhance",
    "anime",
    "photographic",
    "digital-art",
    "comic-book",
    "fantasy-art",
    "line-art",
    "analog-film",
    "neon-punk",
    "isometric",
    "low-poly",
    "origami",
    "modeling-compound",
    "cinematic",
    "3d-model",
    "pixel-art",
    "tile-texture",
)
RATIOS: Final = ("21:9", "16:9", "3:2", "5:4", "1:1", "4:5", "2:3", "9:16", "9:21")

SD3_MODELS: Final[Mapping[str, Decimal]] = {
    "sd3.5-large": Decimal("6.5"),
    "sd3.5-large-turbo": Decimal(4),
    "sd3.5-medium": Decimal("3.5"),
    "sd3.5-flash": Decimal("2.5"),
}
"""Credits by model; `sd3.5-flash` works although the published list does not name it."""

REROUTED: Final[Mapping[str, str]] = {
    "sd3-large": "sd3.5-large",
    "sd3-large-turbo": "sd3.5-large-turbo",
    "sd3-medium": "sd3.5-medium",
}
"""Names that mean another model since 2025-04-17."""

_LONGEST: Final = 10_000
_PROMPT: Final = Field("text", required=True, low=1, high=_LONGEST)
_TEXT: Final = Field("text", high=_LONGEST)
_SEED: Final = Field("integer", low=0, high=4_294_967_294)
_SHARE: Final = Field("number", low=0, high=1)
_STYLE: Final = Field("text", choices=PRESETS)
_RATIO: Final = Field("text", choices=RATIOS)
_MARGIN: Final = Field("integer", low=0, high=2000)
_IMAGE: Final = Field("file", required=True)
_NARROW: Final = replace(_IMAGE, narrow=True)
_ANY_SIZE: Final = Field("file", max_pixels=None)
_FORMAT: Final = Field("text", choices=("jpeg", "png", "webp"))

_SEEDED: Final = {"output_format": _FORMAT, "seed": _SEED}
_PROMPTED: Final = {"prompt": _PROMPT, "negative_prompt": _TEXT, **_SEEDED}
_STYLED: Final = {**_PROMPTED, "style_preset": _STYLE}


def _one(credits_: int) -> Mapping[str, Decimal]:
    return {"": Decimal(credits_)}


def _grow(most: int) -> Field:
    return Field("number", low=0, high=most)


def _between(low: float, high: float) -> Field:
    return Field("number", low=low, high=high)


_ALL: Final = (
    Endpoint(
        "generate/ultra",
        _one(8),
        {**_STYLED, "aspect_ratio": _RATIO, "image": replace(_ANY_SIZE, max_side=16_384), "strength": _SHARE},
        "1mp",
    ),
    Endpoint("generate/core", _one(3), {**_STYLED, "aspect_ratio": _RATIO}, "1.5mp"),
    Endpoint(
        "generate/sd3",
        SD3_MODELS,
        {
            **_STYLED,
            "mode": Field("text", choices=("text-to-image", "image-to-image")),
            "model": Field("text", choices=(*SD3_MODELS, *REROUTED)),
            "image": _ANY_SIZE,
            "strength": _SHARE,
            "aspect_ratio": _RATIO,
            "cfg_scale": _between(1, 10),
        },
        "1mp",
    ),
    Endpoint(
        "upscale/fast",
        _one(2),
        {
            "image": replace(_IMAGE, min_side=32, min_pixels=1024, max_side=1536, max_pixels=1_048_576),
            "output_format": _FORMAT,
        },
        "fast",
    ),
    Endpoint(
        "upscale/conservative",
        _one(40),
        {**_PROMPTED, "image": _NARROW, "creativity": _between(0.2, 0.5)},
        "4mp",
    ),
    Endpoint(
        "upscale/creative",
        _one(60),
        {**_STYLED, "image": replace(_IMAGE, max_pixels=1_048_576), "creativity": _between(0.1, 0.5)},
        "4k",
        later=True,
    ),
    Endpoint(
        "edit/erase",
        _one(5),
        {**_SEEDED, "image": _IMAGE, "mask": Field("file", min_pixels=1), "grow_mask": _grow(20)},
        "as_input",
    ),
    Endpoint(
        "edit/inpaint",
        _one(5),
        {**_STYLED, "image": _IMAGE, "mask": Field("file", min_pixels=1), "grow_mask": _grow(100)},
        "as_input",
    ),
    Endpoint(
        "edit/outpaint",
        _one(4),
        {
            **_SEEDED,
            "image": _NARROW,
            "left": _MARGIN,
            "right": _MARGIN,
            "up": _MARGIN,
            "down": _MARGIN,
            "creativity": _SHARE,
            "prompt": _TEXT,
            "style_preset": _STYLE,
        },
        "margins",
    ),
    Endpoint(
        "edit/search-and-replace",
        _one(5),
        {
            **_STYLED,
            "image": _NARROW,
            "search_prompt": replace(_TEXT, required=True),
            "grow_mask": _grow(20),
        },
        "as_input",
    ),
    Endpoint(
        "edit/search-and-recolor",
        _one(5),
        {
            **_STYLED,
            "image": _NARROW,
            "select_prompt": replace(_TEXT, required=True),
            "grow_mask": _grow(20),
        },
        "as_input",
    ),
    Endpoint(
        "edit/remove-background",
        _one(5),
        {
            "image": replace(_IMAGE, max_pixels=4_194_304),
            "output_format": Field("text", choices=("png", "webp")),
        },
        "as_input",
        alpha=True,
    ),
    Endpoint(
        "edit/replace-background-and-relight",
        _one(8),
        {
            **_SEEDED,
            "subject_image": _NARROW,
            "background_reference": replace(_IMAGE, required=False),
            "background_prompt": _TEXT,
            "foreground_prompt": _TEXT,
            "negative_prompt": _TEXT,
            "preserve_original_subject": _SHARE,
            "original_background_depth": _SHARE,
            "keep_original_background": Field("text", choices=("true", "false")),
            "light_source_direction": Field("text", choices=("left", "right", "above", "below")),
            "light_reference": replace(_IMAGE, required=False),
            "light_source_strength": _SHARE,
        },
        "as_input",
        source="subject_image",
        later=True,
    ),
    Endpoint(
        "control/sketch", _one(5), {**_STYLED, "image": _NARROW, "control_strength": _SHARE}, "as_input"
    ),
    Endpoint(
        "control/structure", _one(5), {**_STYLED, "image": _NARROW, "control_strength": _SHARE}, "as_input"
    ),
    Endpoint(
        "control/style",
        _one(5),
        {**_STYLED, "image": _NARROW, "aspect_ratio": _RATIO, "fidelity": _SHARE},
        "1mp",
    ),
    Endpoint(
        "control/style-transfer",
        _one(8),
        {
            **_SEEDED,
            "init_image": replace(_NARROW, max_side=16_383),
            "style_image": replace(_IMAGE, max_side=16_383),
            "prompt": _TEXT,
            "negative_prompt": _TEXT,
            "style_strength": _SHARE,
            "composition_fidelity": _SHARE,
            "change_strength": _between(0.1, 1),
        },
        "1mp",
        source="init_image",
    ),
)

ENDPOINTS: Final[Mapping[str, Endpoint]] = {endpoint.path: endpoint for endpoint in _ALL}
"""Every endpoint by path."""
