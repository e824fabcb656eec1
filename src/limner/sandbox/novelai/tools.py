"""Director tools, upscaling, vibes and tag suggestions."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from limner.sandbox.codecs import encode
from limner.sandbox.novelai.rules import Refusal, picture
from limner.sandbox.paint import repaint
from limner.sandbox.probe import Probe

_ALL_MOODS: Final = (
    "neutral happy sad angry scared surprised tired excited nervous thinking confused shy disgusted smug "
    "bored laughing irritated aroused embarrassed worried love determined hurt playful"
)
MOODS: Final = frozenset(_ALL_MOODS.split())
"""What the emotion tool knows."""
_PROMPTED: Final = ("colorize", "emotion")
_TAGS: Final[tuple[tuple[str, str, int], ...]] = (
    ("1girl", "女の子", 10_000),
    ("1boy", "男の子", 10_000),
    ("solo", "一人", 10_000),
    ("library", "図書館", 4_100),
    ("light smile", "微笑み", 2_900),
    ("lighthouse", "灯台", 900),
    ("kite", "凧", 300),
    ("kitchen", "台所", 2_200),
    ("kitten", "子猫", 1_500),
)
_VIBE_BYTES: Final = 4096


def check_tool(body: Mapping[str, Any]) -> tuple[bytes, Probe]:
    """Check what the schema does not say.

    Args:
        body: an `AugmentImageRequest`.

    Returns:
        The picture.

    Raises:
        Refusal: a rule is broken.
    """
    data, found = picture(body["image"], "image")
    if (found.width, found.height) != (body["width"], body["height"]):
        raise Refusal(400, "width and height must be those of the image")
    kind = body["req_type"]
    if kind not in _PROMPTED and ("prompt" in body or "defry" in body):
        raise Refusal(400, f"prompt and defry are not supported by {kind}")
    if kind == "emotion" and str(body.get("prompt", "")).partition(";;")[0] not in MOODS:
        raise Refusal(400, "prompt must be mood;;text")
    return data, found


def worked(kind: str, data: bytes, width: int, height: int) -> bytes:
    """One result of a tool, as PNG.

    Args:
        kind: which tool, and which of its results.
        data: the picture it was given.
        width: of the result.
        height: of the result.
    """
    return encode(repaint(kind, data, width, height, transparent=kind.startswith("bg-removal")), "png")


def vibe(model: str, data: bytes, extracted: float) -> bytes:
    """An encoded vibe: opaque bytes that follow from picture, model and setting."""
    seed = hashlib.sha256(f"{model}|{extracted}|".encode() + data).digest()
    return hashlib.shake_256(seed).digest(_VIBE_BYTES)


def suggest(prompt: str) -> dict[str, object]:
    """Tags that begin as the last words of a prompt do."""
    word = prompt.rpartition(",")[2].strip().lower()
    return {
        "tags": [
            {"tag": tag, "count": count, "confidence": round(len(word) / len(tag), 3)}
            for tag, _, count in _TAGS
            if word and tag.startswith(word)
        ]
    }


def suggest_japanese(prompt: str) -> list[dict[str, object]]:
    """Tags whose Japanese name begins as a prompt does."""
    return [
        {"jp_tag": japanese, "en_tag": tag, "power": count}
        for tag, japanese, count in _TAGS
        if prompt and japanese.startswith(prompt)
    ]
