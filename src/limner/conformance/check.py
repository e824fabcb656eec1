"""A report on an adapter: its calls against the document, the rules, and what a newer document changes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from limner.conformance.document import Document
from limner.conformance.orders import native, plainest, varied
from limner.conformance.rules import broken, free_calls, silent
from limner.core.adapter import Adapter
from limner.core.errors import UserError
from limner.core.http import HttpCall
from limner.core.models import Model
from limner.core.operations import Operation
from limner.core.optional import Finds, Prepares


@dataclass(frozen=True, slots=True)
class Report:
    """What was found out about one adapter."""

    provider: str
    calls: int
    """Different calls that were looked at."""
    document: str | None
    """The version of the document they were compared with. Absent: none is published, so only the rules
    were tried."""
    problems: tuple[str, ...] = ()
    """In which points it breaks the contract or departs from the document. Empty: it conforms."""
    news: tuple[str, ...] = field(default=())
    """What the document that was given has, and the bundled one has not; and the reverse."""


def check(adapter: Adapter, models: Iterable[Model], *, spec: Document | None = None) -> Report:
    """Try an adapter. Nothing is sent.

    Args:
        adapter: of any provider.
        models: the catalog's of that provider. Without one that lives, only rules about no order are tried.
        spec: the document to compare with. Absent: the one in the provider's folder, if there is one.

    Raises:
        UserError: the document cannot be followed, or the extra `contract` is not installed.

    Example:
        >>> from limner.catalog.load import load
        >>> from limner.providers.registry import get
        >>> report = check(get("bfl"), [one for one in load().all() if one.provider == "bfl"])
        >>> report.document, report.problems
        ('0.0.1', ())
    """
    slug = adapter.profile.slug
    bundled = Document.bundled(slug)
    document = spec or bundled
    pairs = list(native(tuple(models)))
    problems = [
        f"{model.id} {one.value}: {name} gets lost"
        for model, one in pairs
        for name in silent(adapter, model, one)
    ]
    problems += [] if pairs else ["the catalog has no living model of it"]
    problems += broken(adapter, plainest(adapter, *pairs[0])) if pairs else ()
    calls = _distinct(call for model, one in pairs for call in _calls(adapter, model, one))
    try:
        problems += _compared(adapter, calls, document) if document else ()
        news = _once(_news(spec, bundled, calls)) if spec and bundled else ()
    except (LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f"The document cannot be followed: {type(error).__name__}: {error}.",
            code="invalid_spec",
            field="spec",
            remedy="Give one whole document: every $ref in it has to lead to a place inside.",
        ) from error
    return Report(slug, len(calls), document.version if document else None, _once(problems), news)


def _compared(adapter: Adapter, calls: list[HttpCall], document: Document) -> Iterator[str]:
    """Where calls depart from a document. Of those about no order, the ones that it has."""
    for call in (*calls, *(one for one in free_calls(adapter) if document.operation(one))):
        yield from document.problems(call)


def _calls(adapter: Adapter, model: Model, operation: Operation) -> Iterator[HttpCall]:
    """What the adapter says for the plainest order, and for one with each field that the model takes."""
    orders = [plainest(adapter, model, operation)]
    orders += [order for _, order, _ in varied(adapter, model, operation)]
    for order in orders:
        try:
            yield adapter.submit(order)
        except UserError:
            continue  # strict out: what the vendor would refuse is refused here
        yield from adapter.prepare(order) if isinstance(adapter, Prepares) else ()
    if isinstance(adapter, Finds):
        yield adapter.lately(orders[0])


def _distinct(calls: Iterable[HttpCall]) -> list[HttpCall]:
    """Calls that differ, in order: some vendors sell a hundred models that are asked for alike."""
    return list({repr((call.method, call.url, call.query, call.body)): call for call in calls}.values())


def _news(newer: Document, older: Document, calls: Iterable[HttpCall]) -> Iterator[str]:
    for call in calls:
        known, now = older.operation(call), newer.operation(call)
        if known is None or now is None:
            continue
        before, after = older.fields(known[0], call.method), newer.fields(now[0], call.method)
        for word, names in (("new", after - before), ("gone", before - after)):
            if names:
                yield f"{call.method} {now[0]}: {word}: {', '.join(sorted(names))}"


def _once(told: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(told))
