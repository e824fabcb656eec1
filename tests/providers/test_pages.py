"""Every provider has a page that says what shows that it is right, and what nothing could show."""

import re
import tomllib

import pytest

from limner.providers import registry
from tests.support.sources import PACKAGE, ROOT

every_slug = pytest.mark.parametrize("slug", registry.slugs())
PROVED = sorted(path.parent.name for path in (PACKAGE / "providers").glob("*/proof.toml"))
SECTIONS = ["Operations", "Models", "Prices", "Options", "Errors", "What shows it", "Unproven"]


@every_slug
def test_a_page_has_every_section_and_a_place(slug: str):
    text = (ROOT / "docs" / "providers" / f"{slug}.md").read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert f"      - providers/{slug}.md\n" in (ROOT / "mkdocs.yml").read_text("utf-8")


@pytest.mark.parametrize("slug", PROVED)
def test_what_is_proved_names_tests_that_are_there(slug: str):
    folder = PACKAGE / "providers" / slug
    known = tomllib.loads((folder / "proof.toml").read_text("utf-8"))
    assert set(known) == {"proved_by", "unproven"}
    named = re.findall(r"`(tests/[^`]+)`", " ".join(known["proved_by"]))
    assert named
    assert not [name for name in named if not (ROOT / name).exists()]
    assert ("check-contract" in " ".join(known["proved_by"])) == (folder / "openapi.json").exists()
    for one in known["unproven"]:
        assert set(one) == {"what", "why"}
        assert len(one["why"].split()) > 4
