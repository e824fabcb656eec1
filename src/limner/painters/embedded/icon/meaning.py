"""Which glyphs mean what a prompt says."""

import functools
import re
import unicodedata
from typing import Any, Final

from limner.painters.embedded.tables import packed, table

_WORD: Final = re.compile(r"[^\W_]+")
_QUOTED: Final = re.compile(r"[\"“”«»']([^\"“”«»']{2,60})[\"“”«»']")
_LONGEST: Final = 3
_FULL: Final = 3.0
"""What a word of icons.toml counts; a glyph's own name and tags count less."""
_NAME: Final = 2.2
_TAG: Final = 0.9
_BESIDE: Final = 0.3
"""What other words count beside words in quotes, which are the name of what the icon is for."""
_FADE: Final = 0.94
"""Each further word counts this much of the one before."""
_ENDINGS: Final = (
    *("s", "es", "ing", "en", "et", "n", "t", "ar", "or", "er", "r", "arna", "orna", "erna", "na"),
    *("ens", "ets", "ans", "ernas", "arnas"),
)
_STEM: Final = 3
_COMPOUND: Final = 7
_PART: Final = 4
_ABSTRACT: Final = (
    "sparkle",
    "hexagon",
    "asterisk",
    "circles-four",
    "shapes",
    "planet",
    "cube",
    "diamonds-four",
    "flower",
    "compass-rose",
)
_MOST_WORDS: Final = 400


def glyphs(prompt: str, chance: int) -> list[str]:
    """Names of glyphs that fit a prompt, the best first; always four different ones or more.

    Args:
        prompt: what the icon is for, in English or Swedish.
        chance: decides among abstract glyphs where nothing is understood.

    Example:
        >>> glyphs("an icon for our HR assistant about vacation", 0)[0] in packed("glyphs")
        True
        >>> glyphs("en ikon för bygglov", 0)[0]
        'crane'
    """
    scores = _scores(prompt)
    best = sorted(scores, key=lambda name: (-scores[name], name))
    worth = [name for name in best if scores[name] >= scores[best[0]] * 0.3]
    spare = [_ABSTRACT[(chance + number) % len(_ABSTRACT)] for number in range(len(_ABSTRACT))]
    return list(dict.fromkeys([*worth, *_kin(worth[0] if worth else None), *spare]))[:12]


def understood(prompt: str) -> bool:
    """Whether any word of it means a glyph."""
    return bool(_scores(prompt))


def initial(prompt: str) -> str | None:
    """The first letter of what the icon is for, when there is an outline for it."""
    quoted = _QUOTED.search(prompt)
    words = _WORD.findall(quoted[1] if quoted else prompt)
    plain = frozenset(table("icons")["plain"]["words"])
    named = [word for word in words if word.casefold() not in plain]
    letter = (named or words or [""])[0][:1].upper()
    return letter if letter in packed("letters") else None


def _scores(prompt: str) -> dict[str, float]:
    """How well each glyph fits."""
    text = unicodedata.normalize("NFKC", prompt).casefold()
    named = {word for quoted in _QUOTED.findall(text) for word in _WORD.findall(quoted)}
    words, plain = _WORD.findall(text)[:_MOST_WORDS], frozenset(table("icons")["plain"]["words"])
    scores: dict[str, float] = {}
    weight, at = 1.0, 0
    while at < len(words):
        length, found = _longest(words, at)
        if length == 1 and words[at] in plain and words[at] not in named:
            found = {}
        beside = 1.0 if words[at] in named or not named else _BESIDE
        for name, worth in found.items():
            scores[name] = scores.get(name, 0) + worth * weight * beside
        if found:
            weight *= _FADE
        at += length
    return scores


def _longest(words: list[str], at: int) -> tuple[int, dict[str, float]]:
    for length in range(min(_LONGEST, len(words) - at), 0, -1):
        found = _index().get(" ".join(words[at : at + length]))
        if found:
            return length, found
    return 1, _stemmed(words[at]) or _compound(words[at])


def _stemmed(word: str) -> dict[str, float]:
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _STEM:
            for whole in (stem, stem + "e", stem + "a"):
                if whole in _index():
                    return _index()[whole]
    return {}


def _compound(word: str) -> dict[str, float]:
    """The meanings of the parts of a Swedish compound: `löneassistenten`, `skolmatsedel`."""
    if len(word) < _COMPOUND:
        return {}
    for cut in range(len(word) - _PART, _STEM - 1, -1):
        tail = _index().get(word[cut:]) or _stemmed(word[cut:])
        for head in (word[:cut], word[:cut].removesuffix("s"), word[:cut].removesuffix("e")):
            front = _index().get(head) or {}
            if front and tail:
                return {name: front.get(name, 0) + tail.get(name, 0) * 0.5 for name in {*front, *tail}}
    return {}


def _kin(name: str | None) -> list[str]:
    """Glyphs of the same family: those that share the first part of the name."""
    if name is None:
        return []
    family = name.split("-")[0]
    return [other for other in packed("glyphs") if other.split("-")[0] == family and other != name][:6]


@functools.cache
def _index() -> dict[str, dict[str, float]]:
    """Phrase → glyphs and how strongly it means each."""
    drawn: dict[str, Any] = packed("glyphs")
    index: dict[str, dict[str, float]] = {}

    def learn(phrase: str, name: str, worth: float) -> None:
        known = index.setdefault(phrase, {})
        known[name] = max(known.get(name, 0), worth)

    for name, entry in drawn.items():
        learn(name.replace("-", " "), name, _NAME)
        for tag in entry["tags"]:
            if len(tag) >= _STEM:
                learn(tag.replace("-", " "), name, _TAG)
    for meaning in table("icons")["meaning"]:
        known = [name for name in meaning["glyphs"] if name in drawn]
        for phrase in meaning["words"]:
            for place, name in enumerate(known):
                learn(phrase.replace("-", " "), name, _FULL - 0.35 * place)
    return index
