"""The words the painter knows, and how their endings come off."""

import functools
from dataclasses import dataclass
from typing import Any, Final, cast

from limner.painters.embedded.colours import Colour, hexed
from limner.painters.embedded.tables import packed, table

_ENDINGS: Final = {
    "en": ("s", "es", "'s"),
    "sv": (
        "en",
        "et",
        "n",
        "t",
        "ar",
        "or",
        "er",
        "r",
        "arna",
        "orna",
        "erna",
        "na",
        "s",
        "ens",
        "ets",
        "a",
        "e",
        "arnas",
        "ars",
        "liga",
        "lig",
    ),
}
_LEAST_STEM: Final = 3
_LEAST_PART: Final = 3
"""Letters in the shorter part of a compound."""
_LEAST_COMPOUND: Final = 7
_JOINTS: Final = ("", "s", "e", "a", "o", "u")
"""What Swedish puts between, or takes from, the parts of a compound."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word stands for."""

    kind: str
    """A table of words.toml, or `subject`."""
    name: str
    colour: Colour | None = None
    """Of kind `colour`."""
    exact: bool = True
    """Whether the word is known as it stands, without taking an ending off."""


def find(phrase: str, tongue: str) -> list[Meaning]:
    """What a phrase means; nothing when it is not known.

    Args:
        phrase: in lower case, its words divided by single spaces.
        tongue: `en` or `sv`; words of the other language count unless they are marked.

    Example:
        >>> [meaning.name for meaning in find("foxes", "en")]
        ['fox']
    """
    index = _index()
    known = index.get(f"{tongue}:{phrase}", index.get(phrase))
    if known:
        return list(known)
    for ending in (*_ENDINGS[tongue], *_ENDINGS["en" if tongue == "sv" else "sv"]):
        stem = phrase.removesuffix(ending)
        if stem == phrase or len(stem) < _LEAST_STEM:
            continue
        for whole in (stem, stem + "e", stem + "a", _undoubled(stem)):
            known = index.get(f"{tongue}:{whole}", index.get(whole))
            if known:
                return [Meaning(meaning.kind, meaning.name, meaning.colour, exact=False) for meaning in known]
    return []


def spread(word: str, tongue: str) -> list[Meaning]:
    """What the parts of a Swedish compound mean; nothing unless both are known.

    Example:
        >>> sorted((meaning.kind, meaning.name) for meaning in spread("vinternatt", "sv"))
        [('light', 'night'), ('season', 'winter')]
    """
    if tongue != "sv" or len(word) < _LEAST_COMPOUND:
        return []
    for cut in range(_LEAST_PART, len(word) - _LEAST_PART + 1):
        tail = [meaning for meaning in find(word[cut:], tongue) if meaning.kind != "count"]
        if not tail:
            continue
        for joint in _JOINTS:
            head = word[:cut].removesuffix(joint)
            meanings = find(head, tongue) or find(head + "a", tongue)
            if meanings and len(head) >= _LEAST_PART:
                return [*meanings, *tail]
    return []


def subject_home(name: str, *, habitat: bool = False) -> str:
    """The scene a subject brings along, or what it stands on."""
    lists = table("subjects")["habitat" if habitat else "scene"]
    for place, names in lists.items():
        if name in names:
            return place
    return cast("str", table("subjects")["kind"][subject_kind(name)]["habitat" if habitat else "scene"])


def subject_kind(name: str) -> str:
    """Whether it is an animal, a plant, food, an object …; a table of subjects.toml."""
    return cast("str", packed("subjects").get(name, {}).get("kind", "travel"))


@functools.cache
def _index() -> dict[str, tuple[Meaning, ...]]:
    """Every phrase with what it means. Phrases of one language only begin with `en:` or `sv:`."""
    index: dict[str, tuple[Meaning, ...]] = {}

    def learn(phrase: str, meaning: Meaning) -> None:
        known = index.get(phrase, ())
        if meaning not in known:
            index[phrase] = (*known, meaning)

    for kind, entries in table("words").items():
        for name, words in entries.items():
            colour = hexed(words[0]) if kind == "colour" else None
            for phrase in words[1:] if colour else words:
                learn(phrase, Meaning(kind, name, colour))
    subjects = table("subjects")
    for name, words in subjects["words"].items():
        for phrase in words:
            learn(phrase, Meaning("subject", name))
    _learn_names(index, frozenset(subjects["plain"]["words"]))
    return index


def _learn_names(index: dict[str, tuple[Meaning, ...]], plain: frozenset[str]) -> None:
    """Noto's own names for its pictures."""
    pictures: dict[str, Any] = packed("subjects")
    for name, entry in pictures.items():
        for label in entry["labels"]:
            phrase = label.replace("-", " ")
            if phrase not in plain and phrase not in index:
                index[phrase] = (Meaning("subject", name),)


def _undoubled(stem: str) -> str:
    return stem[:-1] if len(stem) > _LEAST_STEM and stem[-1] == stem[-2] else stem
