"""Where texts name models that are going away: settings, configuration, a program's own source."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from limner.catalog.radar import Leaving

_BEFORE: Final = r"(?<![\w./-])"
_AFTER: Final = r"(?![\w/-]|\.\w)"
_QUOTED: Final = r"""(?:(?<=["'`])|(?<=[=:]\s)|(?<==)){name}(?=["'`]|\s*$|\s*[,#\]}}])"""
"""A name alone is one only where it is a value; in running text it may be any word."""


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that names a model."""

    place: str
    """A file or a setting."""
    line: int | None
    """Counted from 1. Absent: it has no lines."""
    text: str
    """The name as it stands there."""
    leaving: Leaving


class Names:
    """All the names of models that are going away, ready to be looked for.

    Example:
        >>> from datetime import date
        >>> from limner.catalog.load import load
        >>> from limner.catalog.radar import leaving
        >>> names = Names(leaving(load(), today=date(2026, 11, 21), gone=True))
        >>> [(found.line, found.text) for found in names.within("model = 'dall-e-3'", "app.py")]
        [(1, 'dall-e-3')]
    """

    def __init__(self, going: Iterable[Leaving]) -> None:
        """Prepare the search.

        Args:
            going: the models to look for.
        """
        full: dict[str, Leaving] = {}
        bare: dict[str, Leaving] = {}
        for one in sorted(going, key=lambda one: (one.model.priority, one.model.id)):
            model = one.model
            full[model.id.lower()] = one
            for name in (model.name, *model.aliases, *model.snapshots):
                full.setdefault(f"{model.provider}/{name}".lower(), one)
                bare.setdefault(name.lower(), one)
        self._of: Mapping[str, Leaving] = {**bare, **full}
        self._pattern = _pattern(full, bare)

    def of(self, name: str) -> Leaving | None:
        """The model that a name means by itself. `None`: it means none of them."""
        return self._of.get(name.strip().lower())

    def within(self, text: str, place: str) -> Iterator[Mention]:
        """Every mention in a text, in order.

        Args:
            text: of any length.
            place: what to call it.
        """
        if self._pattern is None:
            return
        for number, line in enumerate(text.splitlines(), 1):
            for match in self._pattern.finditer(line):
                yield Mention(place, number, match.group(), self._of[match.group().lower()])


def _pattern(full: Iterable[str], bare: Iterable[str]) -> re.Pattern[str] | None:
    """One expression for all names: whole ids anywhere, bare names where they are values."""
    ids = "|".join(re.escape(name) for name in sorted(full, key=len, reverse=True))
    if not ids:
        return None
    words = "|".join(re.escape(name) for name in sorted(bare, key=len, reverse=True))
    values = _QUOTED.format(name=f"(?:{words})")
    return re.compile(f"{_BEFORE}(?:{ids}){_AFTER}|{values}", re.IGNORECASE)
