"""What a body of generateContent must be, on the Gemini API: what only Vertex has is refused."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from limner.sandbox.gemini.models import Model, schema
from limner.sandbox.pictures import Source, Unreachable, Unreadable, read_source
from limner.sandbox.schema import Flaw, flaws

TYPES: Final = ("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif")
"""Pictures it reads; of the last two the emulator can tell no size, and calls them unreadable."""

_MOST_BYTES: Final = 20 * 1024 * 1024
_MOST_PICTURES: Final = 14
_UNDERSCORE: Final = re.compile("_([a-z])")
_DOCUMENT: Final = schema("generatecontent")
_CONTENT: Final = {"$ref": "#/$defs/Content"}
_CONFIG: Final = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "responseModalities": {"type": "array", "items": {"type": "string", "enum": ["TEXT", "IMAGE"]}},
        "imageConfig": {
            "type": "object",
            "additionalProperties": False,  # the rest of the published type is Vertex's
            "properties": {"aspectRatio": {"type": "string"}, "imageSize": {"type": "string"}},
        },
        "thinkingConfig": {"$ref": "#/$defs/ThinkingConfig"},
        "candidateCount": {"type": "integer", "minimum": 1, "maximum": 1},
        "seed": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
        "temperature": {"type": "number", "minimum": 0, "maximum": 2},
        "topP": {"type": "number", "minimum": 0, "maximum": 1},
        "topK": {"type": "number", "minimum": 1},
        "maxOutputTokens": {"type": "integer", "minimum": 1},
        "stopSequences": {"type": "array", "items": {"type": "string"}},
    },
}
_REQUEST: Final = {
    "type": "object",
    "required": ["contents"],
    "additionalProperties": False,
    "properties": {
        "contents": {"type": "array", "minItems": 1, "items": _CONTENT},
        "systemInstruction": _CONTENT,
        "safetySettings": {"type": "array", "items": {"$ref": "#/$defs/SafetySetting"}},
        "tools": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"googleSearch": {"type": "object"}},
            },
        },
        "generationConfig": _CONFIG,
    },
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that passed, in either API's words."""

    model: Model
    text: str
    sources: Sequence[Source]
    ratio: str | None = None
    size: str | None = None
    words: bool = False
    """Whether words are wanted beside the picture."""
    picture: bool = True
    """Whether a picture is wanted."""
    level: str | None = None
    """How much it thinks, in capitals."""
    seed: int | None = None
    searches: bool = False


class Wrong(Exception):
    """A request that does not pass."""

    def __init__(self, flaw: Flaw) -> None:
        """Carry what is wrong."""
        super().__init__(flaw.reason)
        self.flaw = flaw


def wrong(path: str, reason: str) -> Wrong:
    """What is wrong, by a rule of none of the schemas."""
    return Wrong(Flaw(path, "value", reason, None))


def read(model: Model, body: Mapping[str, Any], length: int) -> Ask:
    """Read a body.

    Args:
        model: what was called.
        body: JSON.
        length: of the body, in bytes.

    Raises:
        Wrong: it does not pass.
    """
    if length > _MOST_BYTES:
        raise wrong("", f"Request payload size exceeds the limit: {_MOST_BYTES} bytes.")
    body = _in_camel_case(body)
    for flaw in flaws(body, _REQUEST, _DOCUMENT):
        raise Wrong(flaw)
    for flaw in _settings_flaws(body):
        raise Wrong(flaw)
    turns: list[dict[str, Any]] = body["contents"]
    if turns[-1].get("role", "user") != "user":
        raise wrong("contents", "Please ensure that the last turn is the user's.")
    config = body.get("generationConfig", {})
    modalities = config.get("responseModalities", ["TEXT", "IMAGE"])
    image = config.get("imageConfig", {})
    thinking: dict[str, Any] = config.get("thinkingConfig") or {}
    ask = Ask(
        model,
        " ".join(_texts(turns[-1:])),
        _pictures(model, turns),
        image.get("aspectRatio"),
        image.get("imageSize"),
        words="TEXT" in modalities,
        picture="IMAGE" in modalities,
        level=thinking.get("thinkingLevel"),
        seed=config.get("seed"),
        searches=bool(body.get("tools")),
    )
    check(ask)
    return ask


def check(ask: Ask) -> None:
    """What holds in both APIs.

    Raises:
        Wrong: the model does not do what is asked.
    """
    model = ask.model
    if not ask.text and not ask.sources:
        raise wrong("contents", "contents must not be empty")
    if ask.ratio is not None and ask.ratio not in model.ratios:
        raise wrong("aspectRatio", f"aspect ratio must be one of {', '.join(model.ratios)}")
    if ask.size is not None and (not model.sized or ask.size not in model.tokens):
        sizes = ", ".join(model.tokens) if model.sized else "left out"
        raise wrong("imageSize", f"image size for this model must be {sizes}")
    if ask.level is not None and ask.level not in (model.levels or {}):
        raise wrong("thinkingLevel", f"Thinking level {ask.level} is not supported for this model.")
    if len(ask.sources) > _MOST_PICTURES:
        raise wrong("contents", f"at most {_MOST_PICTURES} images")


def source_of(data: str, media_type: str | None) -> Source:
    """Read an inline picture, in base64 of either alphabet.

    Raises:
        Wrong: it is of no type that is read, or no picture.
    """
    if media_type not in TYPES:
        raise wrong("", f"Unsupported MIME type: {media_type}")
    try:
        return read_source(data.replace("-", "+").replace("_", "/"), lambda url: None)
    except (Unreachable, Unreadable) as error:
        raise wrong("", "Unable to process input image. Please retry or report it.") from error


def _in_camel_case(value: Any) -> Any:
    """JSON with field names as published; the service takes those of its protocol buffers too."""
    if isinstance(value, list):
        return [_in_camel_case(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {_UNDERSCORE.sub(_raised, name): _in_camel_case(item) for name, item in items}
    return value


def _raised(found: re.Match[str]) -> str:
    return found[1].upper()


def _settings_flaws(body: Mapping[str, Any]) -> Iterator[Flaw]:
    for place, setting in enumerate(body.get("safetySettings", ())):
        path = f"safetySettings[{place}]"
        if str(setting.get("category")).startswith("HARM_CATEGORY_IMAGE_"):
            yield Flaw(f"{path}.category", "value", "element predicate failed: not on this API", None)
        if setting.get("method") is not None:
            yield Flaw(f"{path}.method", "additionalProperties", "is not allowed", None)
        if setting.get("threshold") is None or setting.get("category") is None:
            yield Flaw(path, "required", "needs category and threshold", None)


def _parts(turns: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for turn in turns:
        for part in cast("list[dict[str, Any]]", turn.get("parts") or []):
            yield turn.get("role") or "user", part


def _texts(turns: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    return (part["text"] for _, part in _parts(turns) if part.get("text"))


def _pictures(model: Model, turns: Sequence[Mapping[str, Any]]) -> list[Source]:
    """Every picture, that of the last turn which has one first."""
    found: list[Source] = []
    for turn in reversed(turns):
        for role, part in _parts([turn]):
            kinds = [name for name in ("text", "inlineData", "fileData") if part.get(name) is not None]
            if len(kinds) != 1:
                raise wrong("contents.parts", "required oneof field 'data' must have one initialized field")
            if kinds == ["fileData"]:
                raise wrong("contents.parts", "Cannot fetch content from the provided URL.")
            blob = part.get("inlineData")
            if blob is None:
                continue
            if role == "model" and model.levels and not part.get("thoughtSignature"):
                raise wrong("contents.parts", "Image part is missing a thought_signature.")
            found.append(source_of(blob.get("data") or "", blob.get("mimeType")))
    return found
