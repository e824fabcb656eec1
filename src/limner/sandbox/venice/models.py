"""Which models there are, what each takes and what it costs.

The published list carries prices, privacy and traits; constraints come from the live list alone. Those
shown here are the emulator's own, in the published form: a model priced by resolution has tiers, the cheap
ones that Venice runs itself take pixels, all others take a ratio.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

SOURCES: Final = (
    "Venice OpenAPI 20260821.193530",
    "model list of 2026-08-22",
    "guides of 2026-08-22",
    "facts sheet of 2026-11-21",
)

DEFAULT: Final = "z-image-turbo"
DEFAULT_EDIT: Final = "firered-image-edit"
UPSCALER: Final = "upscaler"
BACKGROUND_REMOVER: Final = "bria-bg-remover"
ENHANCED: Final = Decimal("0.04")
"""Dollars for a prompt that was rewritten."""
STYLES: Final = ("3D Model", "Analog Film", "Anime", "Cinematic", "Comic Book", "Digital Art")
REROUTED: Final[Mapping[str, str]] = {"qwen-edit": DEFAULT_EDIT}
"""Retired ids that still work, and what works in their place; the guides still name this one."""
GONE: Final = frozenset({"flux-dev", "flux-dev-uncensored", "fluently-xl", "hidream"})
"""Retired ids that answer 410: the emulator's own choice of them."""

RATIOS: Final = ("1:1", "3:2", "16:9", "21:9", "9:16", "2:3", "3:4", "4:5")
DIVISOR: Final = 8
_PIXEL_SIZED: Final = Decimal("0.01")
# Which models take style references is not published: the emulator's own choice.
_WITH_STYLES: Final = (
    "krea-2-turbo", "krea-v2-large", "krea-v2-medium", "luma-uni-1", "luma-uni-1-max",
)  # fmt: skip
_STYLE_IMAGES: Final = 3
_INPUT_IMAGES: Final = 3
_PROMPT: Final = 1500
_EDIT_PROMPT: Final = 32768
_ALONE: Final = "luma-"  # its edit models are left out of multi-edit's published list
_STEPS: Final = {DEFAULT: (8, 8)}
_USUAL_STEPS: Final = (20, 50)


@dataclass(frozen=True, slots=True)
class Model:
    """One model."""

    id: str
    kind: str
    """`image`, `inpaint` or `upscale`."""
    name: str
    entry: Mapping[str, Any]
    """As the list has it."""

    @property
    def spec(self) -> Mapping[str, Any]:
        """What is published of it."""
        return self.entry["model_spec"]

    @property
    def pricing(self) -> Mapping[str, Any]:
        """Its prices, by what they depend on."""
        return self.spec["pricing"]

    @property
    def private(self) -> bool:
        """Whether Venice runs it; the others are other companies'."""
        return self.spec["privacy"] == "private"

    @property
    def tiers(self) -> tuple[str, ...]:
        """Its resolutions; empty where it has no choice of them."""
        return tuple(self.pricing.get("resolutions", ()))

    @property
    def qualities(self) -> tuple[str, ...]:
        """Its qualities, the lowest first; empty where it has no choice of them."""
        priced = self.pricing.get("quality", {}).get("1K", {})
        return tuple(level for level in ("low", "medium", "high") if level in priced)

    @property
    def pixel_sized(self) -> bool:
        """Whether it takes width and height."""
        generation = self.pricing.get("generation", {})
        return self.kind == "image" and generation.get("usd") == _PIXEL_SIZED

    @property
    def steps(self) -> tuple[int, int]:
        """Steps, usually and at most; nothing where it has no control of them."""
        return _STEPS.get(self.id, _USUAL_STEPS) if self.pixel_sized else (0, 0)

    @property
    def prompt_limit(self) -> int:
        """Characters of a prompt."""
        return _EDIT_PROMPT if self.kind == "inpaint" else _PROMPT

    @property
    def input_images(self) -> int:
        """How many pictures an edit takes."""
        return 1 if self.id.startswith(_ALONE) else _INPUT_IMAGES

    @property
    def style_images(self) -> int:
        """How many style references it takes."""
        return _STYLE_IMAGES if self.id in _WITH_STYLES else 0

    def shown(self) -> dict[str, Any]:
        """The model as the list shows it."""
        spec = dict(self.spec) | {"offline": False}
        if self.kind == "image":
            spec["supportsStyleReferences"] = bool(self.style_images)
        if self.kind != "upscale":
            spec["constraints"] = self._constraints()
        shown = {**self.entry, "object": "model", "owned_by": "venice.ai", "model_spec": spec}
        return json.loads(json.dumps(shown, default=float))

    def _constraints(self) -> dict[str, Any]:
        found: dict[str, Any] = {"promptCharacterLimit": self.prompt_limit}
        if self.kind == "inpaint":
            found |= {"aspectRatios": ["auto", *RATIOS], "combineImages": self.input_images > 1}
        else:
            usual, most = self.steps
            found |= {"widthHeightDivisor": DIVISOR if self.pixel_sized else 1}
            found |= {"steps": {"default": usual, "max": most}}
            if not self.pixel_sized:
                found |= {"aspectRatios": list(RATIOS), "defaultAspectRatio": "1:1"}
            if self.style_images:
                found |= {"maxStyleReferences": self.style_images, "supportsStyleReferenceStrength": True}
        if self.tiers:
            found |= {"resolutions": list(self.tiers), "defaultResolution": self.tiers[0]}
        if self.qualities:
            found |= {"qualities": list(self.qualities), "defaultQuality": self.qualities[-1]}
        return found


def _read(name: str) -> Any:
    text = files("limner.sandbox.venice").joinpath(name).read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal)


@cache
def bodies() -> Mapping[str, Mapping[str, Any]]:
    """The published schema of every body, by the last step of its address."""
    return _read("requests.json")["bodies"]


@cache
def models() -> Mapping[str, Model]:
    """Every model by id."""
    return {
        entry["id"]: Model(entry["id"], entry["type"], entry["model_spec"]["name"], entry)
        for entry in _read("models.json")["data"]
    }


def price(model: Model, tier: str | None, quality: str | None, inputs: int = 0) -> Decimal:
    """What one picture costs, in US dollars.

    Args:
        model: what paints.
        tier: the resolution, where the model has tiers. Absent: the first.
        quality: the quality, where the model has a choice. Absent: the best.
        inputs: how many pictures it is given to edit.

    Example:
        >>> price(models()["gpt-image-2"], "2K", "low"), price(models()["grok-imagine-edit"], None, None, 2)
        (Decimal('0.03'), Decimal('0.0346'))
    """
    pricing, tier = model.pricing, tier or (model.tiers[0] if model.tiers else None)
    if model.qualities:
        base = pricing["quality"][tier][quality if quality in model.qualities else model.qualities[-1]]
    elif tier in model.tiers:
        base = pricing["resolutions"][tier]
    else:
        base = pricing.get("generation") or pricing["inpaint"]
    return base["usd"] + _for_inputs(pricing, inputs)


def _for_inputs(pricing: Mapping[str, Any], inputs: int) -> Decimal:
    rule = pricing.get("inputImages")
    if rule is None:
        return Decimal(0)
    more = max(0, inputs - int(rule["included"]))
    return more * cast("Decimal", rule["additional"]["usd"]).quantize(Decimal("0.000001")).normalize()


def upscale_price(scale: int) -> Decimal:
    """What it costs to enlarge a picture, in US dollars.

    Args:
        scale: 2 or 4, as asked for.
    """
    return models()[UPSCALER].pricing["upscale"][f"{scale}x"]["usd"]
