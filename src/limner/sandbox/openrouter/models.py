"""Which models there are, what each takes and costs.

Where the sheet saw no price, the emulator has one of its own; where it saw no descriptor, the emulator
declares what the sheet says of the model's family.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

SOURCES: Final = (
    "OpenRouter OpenAPI of 2026-08-22",
    "openrouter 1.3.84 of 2026-10-27",
    "endpoint records of 2026-10-04",
    "facts sheet of 2026-11-21",
)

_MEGAPIXEL: Final = Decimal(1024 * 1024)
_RATIOS: Final = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "auto")
_OWN_PRICE: Final = Decimal("0.05")
_STATED: Final[Mapping[str, Decimal]] = {  # of a picture, in the sheet's words
    "google/gemini-3.1-flash-lite-image": Decimal("0.0336"),
    "google/gemini-2.5-flash-image": Decimal("0.039"),
}
_PROVIDERS: Final[Mapping[str, tuple[str, str]]] = {  # display name and slug
    "google": ("Google AI Studio", "google-ai-studio"),
    "openai": ("OpenAI", "openai"),
    "black-forest-labs": ("Black Forest Labs", "black-forest-labs"),
    "bytedance-seed": ("Seed", "seed"),
    "qwen": ("Alibaba", "alibaba"),
    "x-ai": ("xAI", "xai"),
    "microsoft": ("Azure", "azure"),
}
_TRANSPARENT: Final = ("gpt-image-2.5", "gpt-image-1", "riverflow-v2.5")
_MANY: Final = ("gpt-", "seedream-4.5")
_TIERS: Final[Mapping[str, Mapping[str, int]]] = {  # tokens of a picture: Google's and OpenAI's own tables
    "google/gemini-3.1-flash-image": {"512": 747, "1K": 1120, "2K": 1680, "4K": 2520},
    "google/gemini-3-pro-image": {"1K": 1120, "2K": 1120, "4K": 2000},
}
_QUALITIES: Final[Mapping[str, tuple[int, int]]] = {  # tokens, square and not: gpt-image-2's price a picture
    "low": (200, 167),
    "medium": (1767, 1367),
    "high": (7033, 5500),
}
_NEWER: Final[Mapping[str, tuple[int, int]]] = {  # of gpt-image-2.5, as much as was observed at OpenAI
    "low": (190, 190),
    "medium": (288, 288),
    "high": (1353, 1353),
    "xhigh": (2706, 2706),
    "max": (5412, 5412),
}
_INPUT_TOKENS: Final = 1000  # of a reference: the emulator's own


@dataclass(frozen=True, slots=True)
class Model:
    """One model, and the one provider that serves it here."""

    id: str
    entry: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its last name."""
        return self.id.partition("/")[2]

    @property
    def provider(self) -> tuple[str, str]:
        """Display name and slug of who serves it."""
        author = self.id.partition("/")[0]
        known = _PROVIDERS.get(author, (author.title(), author))
        return self.entry.get("provider_name", known[0]), self.entry.get("provider_slug", known[1])

    @property
    def streams(self) -> bool:
        """Whether it shows previews."""
        return bool(self.entry.get("streaming"))

    @property
    def tiers(self) -> tuple[str, ...]:
        """Its resolutions; empty where it has no choice of them."""
        return tuple(self.entry["resolution"] or ())

    @property
    def qualities(self) -> tuple[str, ...]:
        """Its qualities; empty where it has no choice of them."""
        if "gpt-image-2.5" in self.id:
            return tuple(_NEWER)
        if "grok" in self.id:
            return ("low", "medium")
        return ("low", "medium", "high") if self.id.startswith("openai/") else ()

    @property
    def passthrough(self) -> tuple[str, ...]:
        """Options that are handed on to its provider."""
        return tuple(self.entry.get("allowed_passthrough_parameters", ()))

    @property
    def pricing(self) -> Sequence[Mapping[str, Any]]:
        """Its price, line by line."""
        lines = self.entry["pricing"]
        if lines:
            return lines
        own = _STATED.get(self.id, _OWN_PRICE)
        return [{"billable": "output_image", "unit": "image", "cost_usd": own}]

    @property
    def parameters(self) -> dict[str, Any]:
        """What it takes, as descriptors."""
        many = any(part in self.id for part in _MANY)
        n = self.entry.get("n", {"type": "range", "min": 1, "max": 10 if many else 1})
        found: dict[str, Any] = {
            "n": n,
            "aspect_ratio": _choice(*self.entry.get("aspect_ratio", _RATIOS)),
            "output_format": _choice("png", "jpeg", "webp"),
            "output_compression": {"type": "range", "min": 0, "max": 100},
        }
        references = self.entry["input_references"] or {"type": "range", "min": 0, "max": 1}
        if references["max"]:
            found["input_references"] = references
        if self.tiers:
            found["resolution"] = _choice(*self.tiers)
        if self.qualities:
            found["quality"] = _choice("auto", *self.qualities)
        if self.entry["seed"]:
            found["seed"] = {"type": "boolean"}
        if any(part in self.id for part in _TRANSPARENT):
            found["background"] = _choice("auto", "transparent", "opaque")
        elif self.id.startswith("openai/"):
            found["background"] = _choice("auto", "opaque")
        if "ming-" in self.id:
            found["size"] = {"type": "boolean"}
        return found


def _choice(*values: str) -> dict[str, Any]:
    return {"type": "enum", "values": list(values)}


def _read(name: str) -> Any:
    text = files("limner.sandbox.openrouter").joinpath(name).read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal)


@cache
def request_schema() -> Mapping[str, Any]:
    """The published schema of a request for pictures."""
    return _read("request.json")["schema"]


@cache
def models() -> Mapping[str, Model]:
    """Every model by id."""
    return {one["id"]: Model(one["id"], one) for one in _read("models.json")["models"]}


@dataclass(frozen=True, slots=True)
class Ask:
    """What the price of a request follows from."""

    words: str
    """The prompt."""
    size: tuple[int, int]
    """Of a picture, in pixels."""
    tier: str | None = None
    """The resolution. Absent: the model has none."""
    quality: str | None = None
    """The quality. Absent: the model has none."""
    n: int = 1
    """How many pictures."""
    inputs: int = 0
    """How many references."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request used."""

    prompt: int
    """Tokens of words and references."""
    images: int
    """Tokens of the pictures."""
    cost: Decimal
    """US dollars, as billed."""


def usage(model: Model, ask: Ask) -> Usage:
    """What a request uses and costs.

    Args:
        model: what paints.
        ask: the request.

    Example:
        >>> usage(models()["google/gemini-3-pro-image"], Ask("a kite", (4096, 4096), "4K")).cost
        Decimal('0.24')
    """
    text, given = max(1, len(ask.words) // 4), ask.inputs * _INPUT_TOKENS
    each = _tokens(model, ask)
    counts = {
        ("input_text", "token"): Decimal(text),
        ("input_image", "token"): Decimal(given),
        ("input_image", "image"): Decimal(ask.inputs),
        ("input_image", "megapixel"): Decimal(ask.inputs),  # of a megapixel each: the emulator's own
        ("output_image", "token"): Decimal(each * ask.n),
        ("output_image", "image"): Decimal(ask.n),
        ("output_image", "megapixel"): ask.n * ask.size[0] * ask.size[1] / _MEGAPIXEL,
    }
    lines = [line for line in model.pricing if _fits(model, line, ask)]
    cost = sum((counts[line["billable"], line["unit"]] * line["cost_usd"] for line in lines), Decimal(0))
    return Usage(text + given, each * ask.n, round(cost, 6).normalize())


def _tokens(model: Model, ask: Ask) -> int:
    width, height = ask.size
    if model.id in _TIERS:
        return _TIERS[model.id][ask.tier or "1K"]
    if model.id.startswith("openai/"):
        table = _NEWER if "gpt-image-2.5" in model.id else _QUALITIES
        return table[ask.quality or "medium"][width != height]
    return width * height // 1024


def _fits(model: Model, line: Mapping[str, Any], ask: Ask) -> bool:
    """Whether a line is the one for this tier; one without a variant is the base of those that have none."""
    variants = {one["variant"] for one in model.pricing if "variant" in one}
    if not variants or line["billable"] != "output_image":
        return True
    named = (ask.tier or "1K").lower()
    wanted = next(
        (one for one in (f"{ask.quality}_{named}", named) if one in variants),
        "high_resolution" if named != "1k" and "high_resolution" in variants else None,
    )
    return line.get("variant") == wanted
