"""The report and the contact sheet of a comparison: whole, escaped, and in need of nothing else."""

import io
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from limner.assembly import assemble
from limner.core.errors import UserError
from limner.core.operations import Operation
from limner.core.pictures import Mask, Picture, Size
from limner.core.requests import Request
from limner.engine.compare.comparison import Candidate, Compared, Comparison, Lineup
from limner.engine.compare.markup import element
from limner.engine.compare.report import report
from limner.engine.compare.sheet import sheet
from limner.settings import Settings
from tests.support.sources import ROOT

pytestmark = pytest.mark.row("D6")

STYLE = ROOT / "src" / "limner" / "engine" / "compare" / "report.css"
TOKENS = ROOT / "web" / "src" / "styles" / "tokens.css"
ENDLESS = {"meta", "img"}


class Page(HTMLParser):
    """What a browser makes of a page; every element that is opened must be closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ENDLESS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


async def compared(request: Request, *names: str) -> Comparison:
    async with assemble(Settings(environ={})) as limner:
        return await limner.comparer.compare(await limner.comparer.line_up(request, names))


def png(size: tuple[int, int], mode: str = "RGB") -> bytes:
    data = io.BytesIO()
    Image.new(mode, size, 255 if mode == "L" else (90, 120, 60)).save(data, "PNG")
    return data.getvalue()


async def test_a_page_says_everything_and_needs_nothing_else():
    evil = "a <script>alert('pear')</script> & \"pear\""
    request = Request(Operation.GENERATE, prompt=evil, size=Size(96, 64), n=2, seed=7)
    comparison = await compared(request, "limner/sketch", "openai/gpt-image-2", "no<b>such")
    text = report(comparison)
    page = Page(text)
    said = " ".join(page.text)
    assert evil in said
    assert not page.all("script")
    assert not page.all("link")
    assert not page.all("b<")
    assert len(page.all("article")) == 3
    images = page.all("img")
    assert len(images) == 2
    assert all((image["src"] or "").startswith("data:image/webp;base64,") for image in images)
    assert all(image["alt"] == evil for image in images)
    assert not re.search(r"(?:https?:|url\()", STYLE.read_text(encoding="utf-8"))
    for words in ("limner/sketch", "free", "96x64", "Not painted", "Nothing was charged.", "1 of 3 painted"):
        assert words in said
    policy = next(each["content"] for each in page.all("meta") if each.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'")


async def test_of_an_edit_it_shows_the_source_and_what_changed_outside_the_mask():
    photo = Picture(png((64, 48)))
    request = Request(Operation.ERASE, images=(photo,), mask=Mask(Picture(png((64, 48), "L"))))
    comparison = await compared(request, "limner/heal", "openai/gpt-image-2")
    page = Page(report(comparison))
    assert "0 of 0 changed" in " ".join(page.text)
    assert next(image["alt"] for image in page.all("img")) == "Source picture"


@given(st.text())
def test_whatever_a_model_or_a_provider_says_stays_text(words: str):
    error = UserError(words, code="x", field="models", remedy=words)
    request = Request(Operation.GENERATE, prompt=words)
    entry = Compared(Candidate(words, error, words), error, 0.0)
    comparison = Comparison(request, Lineup(request, ()).price, (entry,), datetime(2026, 11, 21, tzinfo=UTC))
    page = Page(report(comparison))
    known = {"html", "head", "meta", "title", "style", "body", "header", "p", "b", "span", "div", "h1"}
    known |= {"main", "article", "h2", "footer", "time"}
    assert {tag for tag, _ in page.tags} <= known


def test_attributes_cannot_be_left():
    assert element("p", class_='a" onclick="b') == '<p class="a&quot; onclick=&quot;b"></p>'


async def test_the_sheet_has_a_place_for_everybody():
    request = Request(Operation.GENERATE, prompt="a pear", size=Size(96, 64), n=2)
    comparison = await compared(request, "limner/sketch", "openai/gpt-image-2")
    page = Image.open(io.BytesIO(sheet(comparison)))
    assert page.size == (12 + 2 * (384 + 12), 12 + 2 * (384 + 22 + 12))


def test_the_look_is_the_studios():
    """Every token of the report has the value that the studio gives it, on paper and in ink."""

    def tokens(text: str) -> dict[str, str]:
        return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", text))

    style = STYLE.read_text(encoding="utf-8")
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    studio = TOKENS.read_text(encoding="utf-8")
    paper, ink = studio.split('[data-theme="dark"] {', 1)
    ink = ink.partition("}")[0]
    assert tokens(light)
    assert tokens(dark)
    assert tokens(light).items() <= tokens(paper).items()
    assert tokens(dark).items() <= tokens(ink).items()
    used = set(re.findall(r"var\((--[\w-]+)\)", style))
    assert used == set(tokens(light))
