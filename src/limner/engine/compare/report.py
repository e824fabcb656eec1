"""A comparison on one page of HTML that needs nothing else: no script, no font, no picture from elsewhere."""

import base64
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from limner.core.errors import Error, ImageProcessing
from limner.core.money import Certainty, Cost, Price, dollars
from limner.core.pictures import Format, Picture
from limner.core.requests import Request
from limner.core.results import Image, Result
from limner.engine.compare.comparison import LETTERS, Compared, Comparison
from limner.engine.compare.markup import Markup, element, joined
from limner.engine.compare.sheet import cost_text
from limner.pixels.kinds import kind_of
from limner.pixels.svg import is_svg
from limner.pixels.thumbnail import thumbnail

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""What a browser lets the page do, wherever it lies: nothing but show itself."""
_EDGE, _QUALITY = 1280, 88
"""Pictures are shown smaller than they came; the files themselves lie elsewhere."""
_SOURCE_EDGE = 160
_CERTAINTY = {Certainty.EXACT: "exact", Certainty.ESTIMATED: "estimated", Certainty.UNKNOWN: "unknown"}


def report(comparison: Comparison) -> str:
    """Write the page.

    Args:
        comparison: that is over.

    Returns:
        A whole document, light or dark as the reader's system is.
    """
    request = comparison.request
    title = request.prompt.strip() or request.operation.value.replace("_", " ").capitalize()
    page = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
            element("title", f"{title[:80]} · Limner"),
            element("style", _style()),
        ),
        element("body", _head(request, title), _grid(comparison), _foot(comparison)),
        lang="en",
    )
    return f"<!doctype html>\n{page}\n"


@cache
def _style() -> Markup:
    return Markup((files(__package__ or __name__) / "report.css").read_text(encoding="utf-8"))


def _head(request: Request, title: str) -> Markup:
    sources = [_shown(picture, _SOURCE_EDGE, alt="Source picture") for picture in request.images]
    return element(
        "header",
        element("p", element("b", "Limner", class_="wordmark"), element("span", "Compare"), class_="crumbs"),
        element(
            "div",
            element("div", element("h1", title), _badges(_asked(request))),
            element("div", *sources, class_="sources") if sources else "",
            class_="head",
        ),
    )


def _asked(request: Request) -> Iterable[str]:
    """What was asked of all, in few words each."""
    yield request.operation.value.replace("_", " ")
    if request.size is not None or request.aspect_ratio:
        yield str(request.size or request.aspect_ratio)
    if request.quality is not None:
        yield request.quality.value
    if request.n > 1:
        yield f"{request.n} pictures each"
    if request.mask is not None:
        yield "with a mask"
    if request.references:
        yield f"{len(request.references)} reference{'' if len(request.references) == 1 else 's'}"
    if request.seed is not None:
        yield f"seed {request.seed} where supported"
    if request.regions:
        yield f"only in {', '.join(request.regions)}"
    if request.max_cost is not None:
        yield f"at most {dollars(request.max_cost)} together"


def _badges(words: Iterable[str]) -> Markup:
    return element("p", *(element("span", word, class_="badge") for word in words), class_="badges")


def _grid(comparison: Comparison) -> Markup:
    longest = max((each.seconds for each in comparison.entries), default=0.0)
    cards = [
        _card(letter, each, comparison, longest)
        for letter, each in zip(LETTERS, comparison.entries, strict=False)
    ]
    return element("main", *cards)


def _card(letter: str, each: Compared, comparison: Comparison, longest: float) -> Markup:
    result = each.result
    inside = _failed(each) if result is None else _delivered(each, result, longest)
    marks = [
        element("span", word, class_="badge solid")
        for word, best in (("Cheapest", comparison.cheapest), ("Fastest", comparison.fastest))
        if best is each and len(comparison.results) > 1
    ]
    head = element(
        "header",
        element("span", letter, class_="letter"),
        element(
            "div", element("h2", each.candidate.title), element("p", _where(each, comparison.request.regions))
        ),
        element("div", *marks, class_="marks"),
    )
    return element("article", head, *inside, class_=None if result else "failed")


def _where(each: Compared, regions: tuple[str, ...]) -> str:
    model = each.candidate.model
    if model is None:
        return "not asked"
    return " · ".join([model.id, *(region.upper() for region in model.processed_in(regions))])


def _delivered(each: Compared, result: Result, longest: float) -> list[Markup]:
    alt = result.request.prompt.strip() or f"By {each.candidate.title}"
    pictures = [_shown(image.picture, _EDGE, alt=alt) for image in result.images]
    facts = [*_money(each), ("Time", _bar(each.seconds, longest)), *_measured(result.images)]
    return [
        element("figure", *pictures, class_="several" if len(pictures) > 1 else None),
        _facts(facts),
        element("p", each.candidate.reason, class_="reason"),
        *_more("Notes", [note.text for note in result.notes]),
        *_more("What becomes of your data", _data_terms(each)),
    ]


def _failed(each: Compared) -> list[Markup]:
    error = each.error
    if not isinstance(error, Error):
        return []
    told = [error.message, error.billed.sentence, error.remedy]
    return [
        element("p", element("span", "Not painted", class_="badge bad")),
        element("div", *(element("p", text) for text in told if text), class_="error"),
        _facts(_money(each)) if each.candidate.quote is not None else Markup(),
    ]


def _money(each: Compared) -> list[tuple[str, str]]:
    quote = each.candidate.quote
    rows: list[tuple[str, str]] = []
    if quote is not None:
        rows.append(("Quoted", _gold(_price_text(quote.price), quote.price.kind)))
    charged = "nothing" if each.error is not None and each.cost.usd == 0 else cost_text(each.cost)
    rows.append(("Charged", _gold(charged, each.cost.kind)))
    return rows


def _price_text(price: Price) -> str:
    if price.free:
        return "free"
    if price.usd is None:
        return "not published" if price.native is None else str(price.native)
    return f"{'about ' if price.kind is Certainty.ESTIMATED else ''}{dollars(price.usd)}"


def _gold(text: str, kind: Certainty) -> Markup:
    return element("b", text, class_="price", data_cert=_CERTAINTY[kind], title=kind.value)


def _bar(seconds: float, longest: float) -> Markup:
    share = 0 if longest <= 0 else round(100 * seconds / longest)
    return joined(element("span", element("i", style=f"width:{share}%"), class_="bar"), f"{seconds:.1f} s")


def _measured(images: Iterable[Image]) -> Iterable[tuple[str, str]]:
    """What was found in the bytes; of several pictures, what differs is listed."""
    several = list(images)
    yield "Size", ", ".join(dict.fromkeys(str(image.measured.size) for image in several))
    seeds = [str(image.seed) for image in several if image.seed is not None]
    yield "Seed", ", ".join(seeds) or "not told"
    for image in several:
        changed, outside = image.measured.changed_outside_mask, image.measured.outside_mask
        if changed is not None and outside is not None:
            yield "Outside the mask", f"{changed:,} of {outside:,} changed"


def _facts(rows: Iterable[tuple[str, str]]) -> Markup:
    return element("dl", *(joined(element("dt", name), element("dd", value)) for name, value in rows))


def _data_terms(each: Compared) -> list[str]:
    model = each.candidate.model
    return [model.data_terms] if model is not None and model.data_terms else []


def _more(what: str, texts: list[str]) -> list[Markup]:
    """What is folded away. Nothing, where there is none."""
    lines = [element("li", text) for text in dict.fromkeys(texts)]
    return [element("details", element("summary", what), element("ul", *lines))] if lines else []


def _shown(picture: Picture, edge: int, *, alt: str) -> Markup:
    media, data = _small(picture.data, edge)
    return element("img", src=f"data:{media};base64,{base64.b64encode(data).decode()}", alt=alt)


def _small(data: bytes, edge: int) -> tuple[str, bytes]:
    """A copy to look at; what has no pixels is shown as it is, where no script of it can run."""
    if is_svg(data):
        return "image/svg+xml", data
    try:
        return "image/webp", thumbnail(data, edge, format=Format.WEBP, quality=_QUALITY)
    except ImageProcessing:
        kind = kind_of(data)
        return kind.media_type if kind else "image/png", data


def _foot(comparison: Comparison) -> Markup:
    cost, quote = comparison.cost, comparison.quote
    delivered, count = len(comparison.results), len(comparison.entries)
    return element(
        "footer",
        element("span", "Total charged"),
        element("b", _total(cost), class_="price total", data_cert=_CERTAINTY[cost.kind]),
        element("span", f"quoted {_price_text(quote)}{_most(quote)}", class_="muted"),
        _shares(comparison),
        element("span", f"{delivered} of {count} painted", class_="muted grow"),
        element("time", f"{comparison.at:%Y-%m-%d %H:%M} UTC", class_="muted"),
    )


def _total(cost: Cost) -> str:
    return cost_text(cost) if cost.usd != 0 else "$0"


def _most(price: Price) -> str:
    estimated = price.kind is Certainty.ESTIMATED and price.most is not None
    return f", at most {dollars(price.most)}" if estimated and price.most is not None else ""


def _shares(comparison: Comparison) -> Markup:
    """How the cost is spread over the models."""
    known = [
        (letter, each.cost.usd)
        for letter, each in zip(LETTERS, comparison.entries, strict=False)
        if each.cost.usd
    ]
    if len(known) < 2:  # noqa: PLR2004 - one share is no share
        return Markup()
    told = ", ".join(f"{letter} {dollars(usd)}" for letter, usd in known)
    parts = [element("i", style=f"flex:{usd}") for _, usd in known]
    return element("span", *parts, class_="shares", role="img", aria_label=f"Cost by model: {told}")
