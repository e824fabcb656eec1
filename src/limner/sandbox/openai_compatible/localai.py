"""The forms that only LocalAI has, by its own document: every field, once, in its kind, and no other."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from limner.sandbox.forms import Part
from limner.sandbox.pictures import Source
from limner.sandbox.probe import probe

_COUNT: Final = r"[1-9]\d{0,3}"


class NotAllowed(ValueError):
    """The form is not as the document has it; the message says where."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What a form may have. Everything is required but what is `optional`."""

    texts: tuple[str, ...]
    files: tuple[str, ...]
    optional: Mapping[str, str] = field(default_factory=dict[str, str])
    """The pattern of a text that may be left out, by its name."""


INPAINTING: Final = Fields(("model", "prompt"), ("image", "mask"), {"steps": _COUNT})
UPSCALE: Final = Fields(("model",), ("image",), {"scale": "2|4"})


@dataclass(frozen=True, slots=True)
class Given:
    """A form that was read."""

    texts: Mapping[str, str]
    files: Mapping[str, Source]


def read_given(parts: Sequence[Part], allowed: Fields) -> Given:
    """Read a form.

    Args:
        parts: of it.
        allowed: what it may have.

    Raises:
        NotAllowed: a field is missing, empty, twice, unknown, of the wrong kind, or out of its values.
    """
    texts: dict[str, str] = {}
    files: dict[str, Source] = {}
    for part in parts:
        if part.name in texts or part.name in files:
            raise NotAllowed(f"{part.name} came twice")
        if part.text is None:
            files[part.name] = _picture(part, allowed)
        else:
            texts[part.name] = _text(part.name, part.text, allowed)
    missing = [name for name in (*allowed.texts, *allowed.files) if name not in {*texts, *files}]
    if missing:
        raise NotAllowed(f"missing {', '.join(missing)}")
    return Given(texts, files)


def _text(name: str, value: str, allowed: Fields) -> str:
    pattern = allowed.optional.get(name, ".+" if name in allowed.texts else None)
    if pattern is None:
        raise NotAllowed(f"{name} is no field of this form")
    if not re.fullmatch(pattern, value, re.DOTALL):
        raise NotAllowed(f"{name} cannot be {value!r}")
    return value


def _picture(part: Part, allowed: Fields) -> Source:
    if part.name not in allowed.files:
        raise NotAllowed(f"{part.name} is no file of this form")
    found = probe(part.data)
    if found is None:
        raise NotAllowed(f"{part.name} is no picture")
    return Source(part.data, found)
