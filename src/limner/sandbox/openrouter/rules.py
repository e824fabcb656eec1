"""What a request must be, and what it comes to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from limner.sandbox.desk import Rejection
from limner.sandbox.openrouter import shapes
from limner.sandbox.openrouter.models import Ask, Model, Usage, models, request_schema, usage
from limner.sandbox.pictures import Source, Unreachable, Unreadable, read_source
from limner.sandbox.schema import flaws
from limner.sandbox.sizes import Size, ratio_of, shaped

_EDGES: Final = {"512": 512, "768": 768, "1K": 1024, "1.5K": 1536, "2K": 2048, "4K": 4096}
_PIXELS: Final = re.compile(r"([1-9]\d{2,3})x([1-9]\d{2,3})")
_DATED: Final = re.compile(r"-20\d{6}$")
_WITH_ALPHA: Final = ("png", "webp")
_PLAIN: Final = {"auto", "opaque"}
_IGNORED: Final = ("quality", "output_compression", "stream")
"""What is ignored where a model has no knob for it."""


@dataclass(frozen=True, slots=True)
class Job:
    """A request that passed every rule."""

    model: Model
    prompt: str
    size: Size
    form: str
    n: int
    seed: int | None
    source: Source | None
    transparent: bool
    stream: bool
    usage: Usage
    inputs: int


def plan(given: Mapping[str, Any]) -> Job:
    """Check a body and find out what it comes to.

    Args:
        given: the body.

    Raises:
        Rejection: it cannot be done.
    """
    found = next(flaws(dict(given), request_schema(), {}), None)
    if found is not None:
        raise _bad(f"{found.path}: {found.reason}".removeprefix(": "))
    model = _model_of(given["model"])
    _route(model, given.get("provider") or {})
    for message in _misfits(model, given):
        raise _bad(message)
    tier, size = _sized(model, given)
    sources = [_read(part["image_url"]["url"]) for part in given.get("input_references", ())]
    if size is None:
        size = shaped(_ratio(given, sources), _EDGES[tier or "1K"] ** 2)
    quality = given.get("quality", "auto")
    asked = quality if quality in model.qualities else None
    asked = asked or (model.qualities[0] if model.qualities else None)
    n: int = given.get("n", 1)
    return Job(
        model,
        given["prompt"],
        size,
        given.get("output_format") or ("jpeg" if model.provider[1] == "seed" else "png"),
        n,
        given.get("seed"),
        sources[0] if sources else None,
        given.get("background") == "transparent",
        bool(given.get("stream")) and model.streams,
        usage(model, Ask(given["prompt"], size, tier, asked, n, len(sources))),
        len(sources),
    )


def find(id_: str) -> Model | None:
    """A model by id; one with a date behind it is the same."""
    return models().get(id_) or models().get(_DATED.sub("", id_))


def _model_of(id_: str) -> Model:
    model = find(id_)
    if model is None:
        told = {"code": "model_not_found", "retryable": False, "requested_models": [id_[:200]]}
        raise Rejection(
            shapes.error(400, f"{id_[:200]} is not a valid model ID", {"error_type": "invalid_request"}, told)
        )
    return model


def _route(model: Model, wishes: Mapping[str, Any]) -> None:
    """Whether the provider of a model is one that is wished for."""
    slug = model.provider[1]
    only, ignored = _slugs(wishes, "only"), _slugs(wishes, "ignore")
    pinned = wishes.get("allow_fallbacks") is False and _slugs(wishes, "order")
    if (only and slug not in only) or slug in ignored or (pinned and slug not in pinned):
        told = {"failed_routing_step": "allowed_providers", "available_providers": [slug]}
        message = "No allowed providers are available for the selected model."
        raise Rejection(shapes.error(404, message, told))


def _slugs(wishes: Mapping[str, Any], name: str) -> set[str]:
    return {slug.lower() for slug in cast("Sequence[str]", wishes.get(name) or ())}


def _misfits(model: Model, given: Mapping[str, Any]) -> Iterator[str]:
    """Every parameter that the model's only provider does not take, or not so."""
    for name, rule in model.parameters.items():
        value = given.get(name)
        if value is None or name in _IGNORED:
            continue
        if rule["type"] == "enum" and value not in rule["values"]:
            yield f"{name} must be one of {', '.join(rule['values'])} with {model.id}"
        size = len(cast("list[Any]", value)) if isinstance(value, list) else value
        if rule["type"] == "range" and not rule["min"] <= size <= rule["max"]:
            yield f"{name} must be {rule['min']} to {rule['max']} with {model.id}"
    for name in ("resolution", "seed", "size", "input_references", "background"):
        missing = name not in model.parameters and given.get(name)
        if missing and not (name == "background" and given[name] in _PLAIN):
            yield f"{name} is not supported by {model.id}"
    form = given.get("output_format", "png")
    if given.get("background") == "transparent" and form not in _WITH_ALPHA:
        yield "background transparent needs output_format png or webp"


def _sized(model: Model, given: Mapping[str, Any]) -> tuple[str | None, Size | None]:
    """The tier, and the size where it is given in pixels."""
    text, tier = given.get("size"), given.get("resolution")
    if text is not None:
        pixels = _PIXELS.fullmatch(text)
        if pixels is None and text not in _EDGES:
            raise _bad("size must be a tier or WxH")
        if pixels is not None:
            if tier is not None or given.get("aspect_ratio") is not None:
                raise _bad("size conflicts with resolution or aspect_ratio")
            return None, (int(pixels[1]), int(pixels[2]))
        tier = text
    if tier is None and model.tiers:
        tier = "1K" if "1K" in model.tiers else model.tiers[0]
    return tier, None


def _ratio(given: Mapping[str, Any], sources: Sequence[Source]) -> float:
    named = ratio_of(given.get("aspect_ratio", "auto"))
    if named is not None:
        return named
    return sources[0].probe.width / sources[0].probe.height if sources else 1


def _read(url: str) -> Source:
    if not url.startswith(("data:", "http://", "https://")):
        raise _bad("image_url must be an address or a data URL")
    try:
        return read_source(url, lambda _: None)
    except Unreachable:
        told = {"error_type": "image_download_failed"}
        raise Rejection(shapes.error(400, "The image could not be downloaded.", told)) from None
    except Unreadable:
        raise Rejection(shapes.error(400, "The image is invalid.", {"error_type": "invalid_image"})) from None


def _bad(message: str) -> Rejection:
    return Rejection(shapes.error(400, message, {"error_type": "invalid_request"}))
