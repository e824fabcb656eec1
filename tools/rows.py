"""List the rows of docs/rows.md with the tests that show them; fail where a done row has none.

A row's tests carry its mark: `@pytest.mark.row("A1")`. Rows without a test are listed as gaps.
"""

import contextlib
import io
import re
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+) \|$", re.MULTILINE)


class Marks:
    """A pytest plugin that collects which tests are marked with which row."""

    def __init__(self) -> None:
        self.tests: dict[str, set[str]] = defaultdict(set)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note each test once, however often it is parametrised."""
        for item in items:
            for mark in item.iter_markers("row"):
                for row in mark.args:
                    self.tests[row].add(item.nodeid.partition("[")[0])


def marked_tests() -> dict[str, set[str]]:
    """Collect every test, the long ones too, without running any."""
    marks, output = Marks(), io.StringIO()
    with contextlib.redirect_stdout(output):
        status = pytest.main(["--collect-only", "--quiet", "-m", "", str(ROOT / "tests")], plugins=[marks])
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        sys.exit(output.getvalue())
    return marks.tests


def main() -> int:
    """Print the table and say whether every promise is kept."""
    rows: dict[str, str] = dict(ROW.findall((ROOT / "docs" / "rows.md").read_text(encoding="utf-8")))
    done: list[str] = tomllib.loads((ROOT / "tests" / "rows.toml").read_text(encoding="utf-8"))["done"]
    tests = marked_tests()

    for row, what in rows.items():
        print(f"{row:<4} {what[:100]}")
        for test in sorted(tests.get(row, ())):
            print(f"       {test}")

    gaps = [row for row in rows if row not in tests]
    broken = [row for row in done if row not in rows or row not in tests]
    print(f"\n{len(rows) - len(gaps)} of {len(rows)} rows have a test; {len(done)} are done.")
    if gaps:
        print(f"No test: {' '.join(gaps)}")
    if broken:
        print(f"Done according to tests/rows.toml, but without a test or unknown: {' '.join(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
