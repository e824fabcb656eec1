"""Reading a prompt: which scene, light, season, subjects and colours its words ask for.

No grammar: known words are found, longest first, and related by how near they stand. What is not
known is passed over, and a prompt of nothing known still chooses a scene, always the same one.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from limner.painters.embedded.brief import Brief, Subject
from limner.painters.embedded.colours import Colour
from limner.painters.embedded.tables import table
from limner.painters.embedded.vocabulary import Meaning, find, spread, subject_home

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_MOST_SUBJECTS: Final = 4
_MOST_HUES: Final = 3
_LONGEST: Final = 3
"""Words in the longest known phrase."""
_NEAR: Final = 3
"""A colour, number or size belongs to a thing at most so many words behind it."""
_SWEDISH: Final = frozenset(
    (
        *("och", "en", "ett", "på", "vid", "med", "som", "den", "det", "av", "till", "två", "tre", "fyra"),
        *("från", "under", "över", "i", "är", "utan", "mellan", "bland", "genom"),
    )
)
_ENGLISH: Final = frozenset(
    ("a", "an", "the", "of", "and", "with", "in", "on", "at", "by", "over", "from", "to", "is")
)
_LETTER: Final = re.compile(
    r"(?:letter|initial|bokstaven|bokstav|anfang(?:en)?|versal(?:en)?|monogram)\s+[\"“'«]?([^\W\d_]|\d)\b",
    re.IGNORECASE,
)
_LONE: Final = re.compile(r"^\W*([^\W_])\W*$")
_PLURAL: Final = 3


@dataclass(slots=True)
class _Found:
    """What has been read so far."""

    scenes: list[str] = field(default_factory=list[str])
    lights: list[str] = field(default_factory=list[str])
    seasons: list[str] = field(default_factory=list[str])
    traits: set[str] = field(default_factory=set[str])
    styles: list[str] = field(default_factory=list[str])
    hues: list[Colour] = field(default_factory=list[Colour])
    subjects: dict[str, tuple[int, Colour | None, float]] = field(
        default_factory=dict[str, tuple[int, Colour | None, float]]
    )


def read(prompt: str, seed: int, negative: str = "") -> Brief:
    """Make a brief of a prompt.

    Args:
        prompt: any text, in English or Swedish; other languages give a scene of their own.
        seed: decides what the prompt leaves open.
        negative: what should not appear.

    Example:
        >>> brief = read("a red fox in a birch forest at dawn", 1)
        >>> brief.scene, brief.light, [subject.name for subject in brief.subjects], "birch" in brief.traits
        ('forest', 'dawn', ['fox'], True)
        >>> read("en fyr i skärgården i skymningen", 1).light
        'dusk'
    """
    found = _gather(prompt)
    if negative.strip():
        _subtract(found, _gather(negative))
    letter = _letter(prompt)
    chance = _chance(prompt, seed)
    scene = "initial" if letter else _scene(found, prompt)
    light = _light(found, scene, chance)
    season = found.seasons[0] if found.seasons else _season(found, chance)
    return Brief(
        scene=scene,
        light=light,
        season=season,
        traits=frozenset(found.traits),
        subjects=tuple(_subjects(found, scene)),
        hues=tuple(found.hues[:_MOST_HUES]),
        style=found.styles[0] if found.styles else None,
        letter=letter,
    )


def mentions_place(prompt: str) -> bool:
    """Whether any of its words asks for a scene, light, weather or thing rather than only a colour."""
    found = _gather(prompt)
    return bool(found.scenes or found.lights or found.seasons or found.traits or found.subjects)


def _chance(prompt: str, seed: int) -> int:
    """A number that the seed and the words decide."""
    return int.from_bytes(hashlib.blake2s(f"{seed}\n{prompt}".encode(), digest_size=4).digest(), "big")


def _letter(prompt: str) -> str | None:
    found = _LETTER.search(prompt) or _LONE.match(prompt)
    return found[1].upper() if found else None


# --- gathering ----------------------------------------------------------------------------------


def _gather(text: str) -> _Found:
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    tongue = "sv" if _is_swedish(words) else "en"
    found = _Found()
    pending: list[tuple[int, Meaning]] = []
    skip, at = False, 0
    while at < len(words):
        length, meanings = _longest(words, at, tongue)
        _let_go(found, pending, at)
        if any(meaning.kind == "without" for meaning in meanings):
            skip = True
        elif meanings and skip:
            skip = False
        else:
            _take(found, meanings, pending, at, words[at + length - 1])
        at += length
    found.hues += [
        meaning.colour for _, meaning in pending if meaning.colour and meaning.colour not in found.hues
    ]
    return found


def _let_go(found: _Found, pending: list[tuple[int, Meaning]], at: int) -> None:
    """A colour that has met no thing is one of the picture's."""
    late = [entry for entry in pending if at - entry[0] > _NEAR]
    found.hues += [
        meaning.colour for _, meaning in late if meaning.colour and meaning.colour not in found.hues
    ]
    pending[:] = [entry for entry in pending if entry not in late]


def _is_swedish(words: list[str]) -> bool:
    """Whether its small words and letters speak for Swedish rather than English."""
    small = sum((word in _SWEDISH) - (word in _ENGLISH) for word in words)
    return small + 1.5 * sum(any(letter in word for letter in "åäö") for word in words) > 0


def _longest(words: list[str], at: int, tongue: str) -> tuple[int, list[Meaning]]:
    """The longest phrase that starts here and is known: its words, and what it means."""
    for length in range(min(_LONGEST, len(words) - at), 0, -1):
        meanings = find(" ".join(words[at : at + length]), tongue)
        if meanings:
            return length, meanings
    return 1, spread(words[at], tongue)


def _take(
    found: _Found, meanings: list[Meaning], pending: list[tuple[int, Meaning]], at: int, word: str
) -> None:
    for meaning in meanings:
        if meaning.kind in {"colour", "size", "count"}:
            if meaning.kind == "colour":
                found.hues += [
                    known.colour for _, known in pending if known.colour and known.colour not in found.hues
                ]
                pending[:] = [entry for entry in pending if entry[1].kind != "colour"]
            pending.append((at, meaning))
        elif meaning.kind == "subject":
            _meet(found, meaning.name, pending, word)
        else:
            {
                "scene": found.scenes,
                "light": found.lights,
                "season": found.seasons,
                "style": found.styles,
            }.get(meaning.kind, []).append(meaning.name)
            if meaning.kind == "trait":
                found.traits.add(meaning.name)


def _meet(found: _Found, name: str, pending: list[tuple[int, Meaning]], word: str) -> None:
    """A thing: the colour, number and size that stand just before it are its own."""
    colour = next((meaning.colour for _, meaning in pending if meaning.kind == "colour"), None)
    count = next((int(meaning.name) for _, meaning in pending if meaning.kind == "count"), 0)
    size = next(
        (0.62 if meaning.name == "small" else 1.4 for _, meaning in pending if meaning.kind == "size"), 1.0
    )
    pending.clear()
    if not count:
        count = _PLURAL if re.search(r"(s|ar|or|er|arna|orna|erna)$", word) and not _singular(word) else 1
    known = found.subjects.get(name)
    found.subjects[name] = (
        (max(count, known[0]), known[1] or colour, known[2]) if known else (count, colour, size)
    )


def _singular(word: str) -> bool:
    """Whether a word that ends like a plural is the thing's own name: `bus`, `tiger`."""
    return any(meaning.kind == "subject" and meaning.exact for meaning in find(word, "en") + find(word, "sv"))


def _subtract(found: _Found, unwanted: _Found) -> None:
    found.traits -= unwanted.traits
    found.hues = [hue for hue in found.hues if hue not in unwanted.hues]
    for name in unwanted.subjects:
        found.subjects.pop(name, None)
    found.styles = [style for style in found.styles if style not in unwanted.styles]


# --- deciding -----------------------------------------------------------------------------------


def _scene(found: _Found, prompt: str) -> str:
    if found.scenes:
        return next((scene for scene in table("reading")["rank"] if scene in found.scenes), found.scenes[0])
    for name in found.subjects:
        if not name.startswith("@"):
            return subject_home(name)
    for trait, scene in table("reading")["scene"].items():
        if trait in found.traits:
            return scene
    for name in found.subjects:
        return subject_home(name)
    places = table("reading")["places"]
    return places[_chance(prompt, 0) % len(places)]


def _light(found: _Found, scene: str, chance: int) -> str:
    if found.lights:
        return found.lights[0]
    for trait, light in table("reading")["light"].items():
        if trait in found.traits:
            return light
    if scene == "desert" and not found.traits:
        return ("golden", "dusk", "day")[chance % 3]
    if scene in {"still_life", "botanical", "portrait", "interior", "pattern", "initial", "underwater"}:
        return "day" if scene != "interior" else ("day", "golden", "dusk")[chance % 3]
    return ("day", "golden", "dawn", "day", "dusk")[chance % 5]


def _season(found: _Found, chance: int) -> str:
    if not found.traits.isdisjoint({"snow", "snowfall"}):
        return "winter"
    return ("summer", "summer", "spring", "autumn")[chance // 7 % 4]


def _subjects(found: _Found, scene: str) -> list[Subject]:
    cast: list[Subject] = []
    for name, (count, colour, size) in found.subjects.items():
        own = table("reading")["own"].get(name, {"trait": "", "scenes": []})
        if scene in own["scenes"]:
            found.traits.add(own["trait"])
        elif len(cast) < _MOST_SUBJECTS:
            cast.append(Subject(name, subject_home(name, habitat=True), count, colour, size))
    return cast
