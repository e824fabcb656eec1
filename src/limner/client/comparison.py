"""Comparisons as people use them: saved, or shown side by side."""

import re
from dataclasses import replace
from pathlib import Path

from limner.client.files import unwritable, write
from limner.client.results import Result, present
from limner.core import results
from limner.engine.compare import comparison
from limner.engine.compare.comparison import LETTERS, Compared
from limner.engine.compare.report import report
from limner.engine.compare.sheet import sheet
from limner.pixels.kinds import kind_of

SHEET, REPORT = "sheet.png", "report.html"


class Comparison(comparison.Comparison):
    """What several models made of one request."""

    __slots__ = ()

    @property
    def results(self) -> tuple[Result, ...]:
        """Of those that delivered."""
        return tuple(each.result for each in self.entries if isinstance(each.result, Result))

    def sheet(self) -> bytes:
        """A contact sheet: all pictures side by side, as PNG."""
        return sheet(self)

    def report(self) -> str:
        """A page of HTML with everything, which needs nothing else."""
        return report(self)

    def save(self, folder: str | Path) -> list[Path]:
        """Write everything, over what has these names: pictures, a contact sheet, the report.

        Args:
            folder: where; made when it is missing.

        Returns:
            The paths of `files`, then the sheet's and the report's.

        Raises:
            UserError: something cannot be written there; all of it is still at hand.
        """
        place = Path(folder)
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(place, error) from error
        paths = [write(place / name, data) for name, data in self.files()]
        paths.append(write(place / SHEET, self.sheet()))
        paths.append(write(place / REPORT, self.report().encode()))
        return paths

    def files(self) -> list[tuple[str, bytes]]:
        """The pictures with their names, such as `a-openai-gpt-image-2.png`.

        What came and could not be finished is among them, as it came.
        """
        found: list[tuple[str, bytes]] = []
        for letter, each in zip(LETTERS, self.entries, strict=False):
            stem = f"{letter.lower()}-{_name(each)}"
            made = each.result.images if isinstance(each.result, Result) else ()
            named = [(image.suffix, image.bytes) for image in made]
            named += [(_kept_suffix(data), data) for data in each.kept]
            for place, (suffix, data) in enumerate(named, 1):
                number = f"-{place}" if len(named) > 1 else ""
                found.append((f"{stem}{number}{suffix}", data))
        return found


def present_comparison(value: comparison.Comparison) -> Comparison:
    """Give a comparison its conveniences."""
    entries = tuple(_presented(each) for each in value.entries)
    return Comparison(value.request, value.quote, entries, value.at)


def _presented(each: Compared) -> Compared:
    found = each.outcome
    return replace(each, outcome=present(found)) if isinstance(found, results.Result) else each


def _kept_suffix(data: bytes) -> str:
    kind = kind_of(data)
    return f".kept.{kind.value}" if kind else ".kept.bin"


def _name(each: Compared) -> str:
    model = each.candidate.model
    return re.sub(r"[^\w.-]+", "-", each.candidate.name if model is None else model.id)
