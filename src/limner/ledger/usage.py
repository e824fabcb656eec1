"""What was spent, on what, by whom: as rows, and as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from limner.core.money import Money, plain

By = Literal["day", "owner", "model", "provider", "operation"]
GROUPS: Final[tuple[By, ...]] = ("day", "owner", "model", "provider", "operation")
COLUMNS: Final = ("calls", "failed", "images", "usd", "unknown_usd", "unpriced", "native")


@dataclass(frozen=True, slots=True)
class Usage:
    """One line."""

    group: tuple[str, ...]
    """One value for each thing grouped by."""
    calls: int
    failed: int
    """Calls that surely cost nothing."""
    images: int
    usd: Decimal
    """Charged, as far as it is known in US dollars."""
    unknown_usd: Decimal
    """What unknown calls may come to."""
    unpriced: int
    """Calls that may have been charged, whose amount in US dollars nobody knows and nothing bounds."""
    native: tuple[Money, ...] = ()
    """Charged in units of vendors' own, a sum for each; where one has a rate, it is in `usd` as well."""


def as_rows(by: Sequence[By], lines: Sequence[Usage]) -> list[dict[str, str | int]]:
    """The lines as JSON has them. Amounts are texts, because a JSON number is not exact.

    Example:
        >>> line = Usage(("openai",), 2, 0, 2, Decimal("0.08"), Decimal(0), 0)
        >>> as_rows(["provider"], [line])[0]["usd"]
        '0.08'
    """
    return [
        {
            **dict(zip(by, line.group, strict=True)),
            "calls": line.calls,
            "failed": line.failed,
            "images": line.images,
            "usd": plain(line.usd),
            "unknown_usd": plain(line.unknown_usd),
            "unpriced": line.unpriced,
            "native": " + ".join(map(str, line.native)),
        }
        for line in lines
    ]


def as_csv(by: Sequence[By], lines: Sequence[Usage]) -> str:
    """The lines as CSV, with a head. What a spreadsheet would take for a formula is quoted.

    Example:
        >>> line = Usage(("openai",), 2, 0, 2, Decimal("0.08"), Decimal(0), 0)
        >>> as_csv(["provider"], [line]).splitlines()[1]
        'openai,2,0,2,0.08,0,0,'
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, [*by, *COLUMNS])
    writer.writeheader()
    for row in as_rows(by, lines):
        writer.writerow({name: _tame(value) for name, value in row.items()})
    return out.getvalue()


def _tame(value: str | int) -> str | int:
    """Owners are named by people, and a cell that begins like a formula would be run as one."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t")) else value
