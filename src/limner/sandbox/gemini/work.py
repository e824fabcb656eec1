"""A call's work: it refuses, answers in words, or paints."""

from dataclasses import dataclass
from typing import Final

from limner.core.ids import new_seed
from limner.sandbox.codecs import MEDIA_TYPES
from limner.sandbox.gemini.models import Usage
from limner.sandbox.gemini.rules import Ask
from limner.sandbox.paint import Mood
from limner.sandbox.pictures import base64_of, picture
from limner.sandbox.words import refused_after, refused_before

_LETTERS_A_TOKEN: Final = 4
_WORDS: Final = 12  # tokens of a sentence beside a picture

# Categories that have a reason of their own; every other is a matter of safety.
_BLOCKED: Final = {"prohibited": "PROHIBITED_CONTENT", "blocklist": "BLOCKLIST", "image": "IMAGE_SAFETY"}
_REFUSED: Final = {"prohibited": "IMAGE_PROHIBITED_CONTENT", "recitation": "IMAGE_RECITATION"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call came to."""

    ask: Ask
    usage: Usage
    block: str | None = None
    """Why the prompt was refused."""
    finish: str = "STOP"
    """Why the candidate ended."""
    text: str = ""
    data: bytes = b""
    """The picture. Empty: there is none."""
    draft: bytes = b""
    """A draft among the thoughts. Empty: there is none."""

    @property
    def media_type(self) -> str:
        """What the pictures are."""
        return MEDIA_TYPES[self.ask.model.form]

    @property
    def inline(self) -> str:
        """The picture as base64."""
        return base64_of(self.data)


def work(ask: Ask) -> Outcome:
    """Do what was asked."""
    model = ask.model
    given = Usage(_tokens(ask.text), len(ask.sources) * model.input_image)
    before, after = refused_before(ask.text), refused_after(ask.text)
    if before:
        return Outcome(ask, given, block=_BLOCKED.get(before[0], "SAFETY"))
    if after:
        return Outcome(ask, given, finish=_REFUSED.get(after[0], "IMAGE_SAFETY"))
    if "no-image" in ask.text:
        return Outcome(ask, given, finish="NO_IMAGE")
    levels = model.levels or {"": 0}
    thoughts = levels.get(ask.level or "", next(iter(levels.values())))
    if "words-only" in ask.text or not ask.picture:
        used = Usage(given.text_in, given.image_in, _WORDS, 0, thoughts)
        return Outcome(ask, used, text="I would paint it like this, if you want me to.")
    size = ask.size or next(iter(model.tokens))
    used = Usage(
        given.text_in,
        given.image_in,
        _WORDS if ask.words else 0,
        model.tokens[size],
        thoughts,
        int(ask.searches),
    )
    text = "Here is your picture." if ask.words else ""
    seed = new_seed() if ask.seed is None else ask.seed
    draft = _painted(ask, size, seed, "blurred") if "thinks-aloud" in ask.text else b""
    return Outcome(ask, used, text=text, data=_painted(ask, size, seed), draft=draft)


def _painted(ask: Ask, size: str, seed: int, mood: Mood = "clear") -> bytes:
    model, source = ask.model, ask.sources[0] if ask.sources else None
    ratio = ask.ratio or (model.nearest(source.size) if source else "1:1")
    subject = f"{model.id}|{ask.text}|{seed}"
    return picture(subject, model.pixels(ratio, size), model.form, source=source, mood=mood)


def _tokens(text: str) -> int:
    return -(-len(text) // _LETTERS_A_TOKEN)
