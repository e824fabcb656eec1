"""No file says where one machine fetched its packages, or where it keeps its files."""

import re

from tests.support.sources import ROOT, tracked

# Written in pieces, so that this file passes its own test.
PLACES = re.compile(
    "|".join(
        re.escape(first + second)
        for first, second in [
            ("py", "pi.org"),
            ("python", "hosted.org"),
            ("npm", "js.org"),
            ("npm", "js.com"),
            ("deb.", "debian.org"),
            ("/wo", "rk/"),
            ("/ro", "ot/"),
            ("file:///", "opt"),
        ]
    )
)


def test_no_file_names_a_registry_or_a_machine():
    found: list[str] = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in PLACES.finditer(text)]
    assert not found, "\n".join(found)
