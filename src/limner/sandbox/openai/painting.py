"""The work itself: pictures, and what they cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import pybase64

from limner.sandbox.codecs import encode, gif
from limner.sandbox.codecs.painting import Painting
from limner.sandbox.openai.prices import (
    PARTIAL_TOKENS,
    Rates,
    Usage,
    amount,
    input_tokens,
    output_tokens,
    prompt_tokens,
    svg_amount,
)
from limner.sandbox.openai.rules import Ask
from limner.sandbox.paint import Mood, paint, repaint

_SVG_TOKENS = 900


@dataclass(frozen=True, slots=True)
class Work:
    """What a request came to."""

    usage: Usage
    """Of the whole call."""
    amount: Decimal
    """In US dollars."""


def measure(ask: Ask, rates: Mapping[str, Rates], partials: int = 0) -> Work:
    """Count tokens and price them.

    Args:
        ask: the request.
        rates: prices by model family.
        partials: how many partial pictures are sent for each picture.
    """
    sheet = ask.frames if ask.form == "gif" else 1
    each = output_tokens(ask.model.family, ask.quality, ask.width, ask.height * sheet)
    usage = Usage(
        prompt_tokens(ask.prompt),
        sum(input_tokens(one.probe.width, one.probe.height) for one in ask.pictures),
        ask.n * (each + partials * PARTIAL_TOKENS),
    )
    dollars = amount(rates[ask.model.family], usage)
    if ask.svg_model is not None:
        dollars += svg_amount(*svg_tokens(ask))
    return Work(usage, dollars)


def svg_tokens(ask: Ask) -> tuple[int, int]:
    """Tokens of the text model that writes an SVG, in and out."""
    return prompt_tokens(ask.prompt), _SVG_TOKENS


def picture(ask: Ask, number: int, *, partial: int | None = None) -> str:
    """Paint one picture, as base64.

    An edit repaints everything: the emulated model takes its mask for a suggestion.

    Args:
        ask: the request.
        number: which of its pictures, from 0.
        partial: which partial picture, from 0. Absent: the finished one.
    """
    if ask.form == "gif":
        frames = [_paint(ask, f"{number}.{frame}") for frame in range(ask.frames)]
        return pybase64.b64encode(gif.encode(frames, ask.frame_ms)).decode()
    mood: Mood = "clear" if partial is None else "blurred"
    return pybase64.b64encode(encode(_paint(ask, f"{number}.{partial}", mood), ask.form)).decode()


def _paint(ask: Ask, number: str, mood: Mood = "clear") -> Painting:
    subject = f"{ask.model.id}|{ask.prompt}|{ask.quality}|{number}"
    transparent = ask.background == "transparent"
    if mood == "clear" and ask.pictures:
        return repaint(subject, ask.pictures[0].data, ask.width, ask.height, transparent=transparent)
    return paint(subject, ask.width, ask.height, transparent=transparent, mood=mood)
