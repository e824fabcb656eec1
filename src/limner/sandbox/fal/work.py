"""A run: reads its pictures, refuses or paints, and shapes the model's answer."""

import binascii
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, cast

import pybase64

from limner.core.ids import new_seed
from limner.sandbox.codecs import MEDIA_TYPES, encode
from limner.sandbox.codecs.painting import Painting
from limner.sandbox.fal.endpoints import Endpoint
from limner.sandbox.fal.prices import MEGAPIXEL, bill
from limner.sandbox.fal.rules import PRESETS, Detail, check, detail
from limner.sandbox.paint import paint, repaint
from limner.sandbox.probe import Probe, probe
from limner.sandbox.words import refused_after, refused_before

_LONG_EDGES: Final = {"1K": 1024, "2K": 2048, "4K": 4096}
_EXTENSIONS: Final = {"jpeg": "jpg"}

Load = Callable[[str], bytes | None]
"""Fetches an address, as far as the sandbox reaches."""
Host = Callable[[bytes, str, str], str]
"""Puts a file (bytes, media type, name) online and gives its address."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    status: int
    body: dict[str, Any]
    """The model's answer, or its error."""
    images: int = 0
    units: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    """In US dollars. Zero for a run that failed."""


@dataclass(frozen=True, slots=True)
class _Source:
    data: bytes
    probe: Probe


@dataclass(slots=True)
class _Sources:
    by_field: dict[str, list[_Source]] = field(default_factory=dict[str, "list[_Source]"])
    complaints: list[Detail] = field(default_factory=list[Detail])

    @property
    def first(self) -> _Source | None:
        """The picture that is worked on."""
        for name in ("image_url", "image_urls"):
            if self.by_field.get(name):
                return self.by_field[name][0]
        return None


def run(endpoint: Endpoint, given: Mapping[str, Any], load: Load, host: Host) -> Outcome:
    """Run an endpoint.

    Args:
        endpoint: what to run.
        given: its input.
        load: fetches input pictures.
        host: puts results online.
    """
    complaints = check(endpoint, given)
    if complaints:
        return _failed(*complaints)
    given = {name: value for name, value in given.items() if value is not None}
    sources = _sources(endpoint, given, load)
    prompt = str(given.get("prompt", ""))
    if refused_before(prompt):
        sources.complaints.append(_refusal(prompt))
    unsafe = bool(refused_after(prompt))
    blackens = unsafe and "has_nsfw_concepts" in endpoint.output
    if unsafe and not blackens:
        sources.complaints.append(_refusal(prompt))
    if sources.complaints:
        return _failed(*sources.complaints)
    black = blackens and endpoint.value(given, "enable_safety_checker") is not False
    return _done(endpoint, given, sources, host, black=black)


def _failed(*complaints: Detail) -> Outcome:
    return Outcome(422, {"detail": list(complaints)})


def _refusal(prompt: str) -> Detail:
    message = "The content could not be processed because it contained material flagged by a content checker."
    return detail("prompt", "content_policy_violation", message, prompt)


def _sources(endpoint: Endpoint, given: Mapping[str, Any], load: Load) -> _Sources:
    sources = _Sources()
    for name, spec in endpoint.fields.items():
        value = given.get(name)
        if "URL" not in spec["type"] or value is None or name == "style_codes":
            continue
        urls = cast("list[str]", value if isinstance(value, list) else [value])
        for url in urls:
            data = _inline(url) if url.startswith("data:") else load(url)
            found = probe(data) if data is not None else None
            if data is None:
                message = (
                    f"Failed to download the file from {url[:100]}. Please check if the URL is accessible."
                )
                sources.complaints.append(detail(name, "file_download_error", message, url[:100]))
            elif found is None:
                message = "Failed to load the image. Please ensure the image file is not corrupted."
                sources.complaints.append(detail(name, "image_load_error", message, url[:100]))
            else:
                sources.by_field.setdefault(name, []).append(_Source(data, found))
    return sources


def _inline(url: str) -> bytes | None:
    head, _, body = url.partition(",")
    if not head.endswith(";base64"):
        return None
    try:
        return pybase64.b64decode(body, validate=True)
    except binascii.Error:
        return None


def _done(
    endpoint: Endpoint, given: Mapping[str, Any], sources: _Sources, host: Host, *, black: bool
) -> Outcome:
    count: int = endpoint.value(given, "num_images") or 1
    size = _size(endpoint, given, sources)
    seed: int = given["seed"] if given.get("seed") is not None else new_seed()
    form = _form(endpoint, given)
    online = _inlined if given.get("sync_mode") else host
    prompt = given.get("prompt", "")
    subjects = [f"{endpoint.id}|{prompt}|{seed}.{number}" for number in range(count)]
    paintings = [_painted(endpoint, sources, subject, size, black=black) for subject in subjects]
    pictures = [_picture(painting, form, online) for painting in paintings]
    given_sizes = [
        (one.probe.width, one.probe.height) for listed in sources.by_field.values() for one in listed
    ]
    units, amount = bill(endpoint, given, [size] * count, given_sizes)
    answer: dict[str, Any] = {
        "images": pictures,
        "image": pictures[0],
        "seed": seed,
        "prompt": prompt,
        "has_nsfw_concepts": [black] * count,
        "timings": {"inference": 1.2},
        "description": "",
    }
    if given.get("output_mask"):
        answer["mask_image"] = pictures[0]
    body = {name: value for name, value in answer.items() if name in endpoint.output}
    return Outcome(200, body, count, units, amount)


def _form(endpoint: Endpoint, given: Mapping[str, Any]) -> str:
    if "output_format" in endpoint.fields:
        return endpoint.value(given, "output_format")
    if str(given.get("style", "")).startswith("vector"):
        return "svg"
    return "webp" if endpoint.app == "fal-ai/recraft" else "png"


def _painted(
    endpoint: Endpoint, sources: _Sources, subject: str, size: tuple[int, int], *, black: bool
) -> Painting:
    source = sources.first
    if black:
        return paint(subject, *size, mood="black")
    if source is None:
        return paint(subject, *size)
    return repaint(subject, source.data, *size, transparent=endpoint.operation == "remove-background")


def _picture(painting: Painting, form: str, online: Host) -> dict[str, Any]:
    data = encode(painting, form)
    name = f"{hashlib.sha256(data).hexdigest()[:16]}.{_EXTENSIONS.get(form, form)}"
    return {
        "url": online(data, MEDIA_TYPES[form], name),
        "content_type": MEDIA_TYPES[form],
        "file_name": name,
        "file_size": len(data),
        "width": painting.width,
        "height": painting.height,
    }


def _inlined(data: bytes, media_type: str, name: str) -> str:
    return f"data:{media_type};base64,{pybase64.b64encode(data).decode()}"


def _size(endpoint: Endpoint, given: Mapping[str, Any], sources: _Sources) -> tuple[int, int]:
    source = sources.first
    if "canvas_size" in given:
        width, height = given["canvas_size"]
        return int(width), int(height)
    if source is not None and endpoint.operation in {"upscale", "remove-background", "inpaint"}:
        factor = float(endpoint.value(given, "upscale_factor") or 1)
        return round(source.probe.width * factor), round(source.probe.height * factor)
    wanted = endpoint.value(given, "image_size")
    if isinstance(wanted, dict):
        return wanted["width"], wanted["height"]  # pyright: ignore[reportUnknownVariableType]
    if wanted in PRESETS:
        return PRESETS[wanted]
    return _by_ratio(endpoint, given, source)


def _by_ratio(endpoint: Endpoint, given: Mapping[str, Any], source: _Source | None) -> tuple[int, int]:
    text = endpoint.value(given, "aspect_ratio")
    if text and ":" in text:
        wide, high = (int(side) for side in text.split(":"))
        ratio = wide / high
    else:
        ratio = source.probe.width / source.probe.height if source else 1
    edge = _LONG_EDGES.get(str(endpoint.value(given, "resolution")), 1024)
    area = 4 * MEGAPIXEL if endpoint.id.endswith("ultra") else edge * edge * MEGAPIXEL // (1024 * 1024)
    height = (area / ratio) ** 0.5
    return max(16, round(height * ratio / 16) * 16), max(16, round(height / 16) * 16)
