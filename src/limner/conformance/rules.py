"""What every adapter keeps to, whatever its vendor, tried on its own calls and on garbage."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from limner.conformance.orders import varied
from limner.core.adapter import Adapter, Done, Order, Profile, Ticket
from limner.core.errors import Again, Billed, Error, ProviderError, Refused, UserError
from limner.core.http import Frame, HttpCall, HttpReply, JsonBody, MultipartBody, Timeout
from limner.core.models import Model
from limner.core.operations import Operation
from limner.core.optional import Balances, Finds, Hooks, Lists, Moderates, Streams, Traces

SECRETS: Final = frozenset({"authorization", "api-key", "key", "token", "cookie", "x-api-key"})
STATUSES: Final = (301, 400, 401, 402, 403, 404, 408, 409, 413, 418, 422, 429, 500, 502, 503, 504, 529, 599)
GARBAGE: Final = (
    b"",
    b"<html>a proxy</html>",
    b"{",
    b"null",
    b"[]",
    b"{}",
    b'"done"',
    b'{"error": null}',
    b'{"error": {"message": 7, "code": [], "type": {}}}',
    b'{"detail": "no"}',
    b'{"status": "dancing", "state": "dancing", "id": "x"}',
    b"\xff\xfe\x00",
)
_ADDRESSES: Final = ("https://", "http://127.0.0.1", "http://localhost")
TICKET: Final = Ticket("a-task", "/a-task", result="/a-task/result", cancel="/a-task")

Rule = Callable[[Adapter, Order], Iterator[str]]


def facts(error: ProviderError | Refused, slug: str, order: Order | None) -> Iterator[str]:
    """What an error lacks for policy and people to act upon.

    Args:
        error: that the adapter made.
        slug: the provider's name.
        order: what it is about. Absent: a free call.
    """
    if error.provider != slug:
        yield f"an error names {error.provider!r} as its provider"
    if error.model != (order.model.id if order else None):
        yield f"an error names {error.model!r} as its model"
    if not error.message.strip() or not error.remedy.strip():
        yield "an error says not what happened, or not what to do"
    if isinstance(error, ProviderError):
        if error.again is not Again.NEVER and error.billed is not Billed.NO:
            yield f"{type(error).__name__} may be billed and is sent again: it could be paid twice"
        if error.retry_after is not None and not 0 <= error.retry_after < float("inf"):
            yield f"an error asks to wait {error.retry_after} seconds"


def credentials(call: HttpCall, profile: Profile) -> Iterator[str]:
    """Where a call carries what only the transport may write."""
    named = {name.lower() for name in call.headers} | {name.lower() for name, _ in call.query}
    for name in sorted(named & (SECRETS | {profile.auth.header.lower()})):
        yield f"{call.method} {call.url} carries `{name}`: credentials are the transport's"


def silent(adapter: Adapter, model: Model, operation: Operation) -> Iterator[str]:
    """What a model is said to take, and which changes nothing of what is sent. Nothing may get lost.

    Args:
        adapter: the model's provider.
        model: that is asked.
        operation: one that it does natively.
    """
    for name, told, otherwise in varied(adapter, model, operation):
        if adapter.submit(told) == adapter.submit(otherwise):
            yield name


def broken(adapter: Adapter, order: Order) -> Iterator[str]:
    """In which points an adapter breaks the contract.

    Args:
        adapter: of any provider.
        order: a plain one, of one of its models.
    """
    for rule in RULES:
        yield from rule(adapter, order)


def _profile(adapter: Adapter, _: Order) -> Iterator[str]:
    profile = adapter.profile
    if not profile.base_url and not profile.base_url_name:
        yield "the profile has no address, and no variable for one"
    if profile.base_url and (profile.base_url.endswith("/") or not profile.base_url.startswith(_ADDRESSES)):
        yield f"the profile's address {profile.base_url!r} ends with / or is not https"
    if vars(adapter):
        yield f"the adapter holds {', '.join(vars(adapter))}: one serves everybody, and holds nothing"


def _calls(adapter: Adapter, order: Order) -> Iterator[str]:
    call = adapter.submit(order)
    if call != adapter.submit(order):
        yield "submit is not deterministic"
    for one in (call, *free_calls(adapter)):
        yield from credentials(one, adapter.profile)
    if isinstance(call.body, JsonBody | MultipartBody) and call.timeout is Timeout.QUICK:
        yield "the call that paints has the time of a question"


def free_calls(adapter: Adapter) -> Iterator[HttpCall]:
    """Every call of an adapter that is about no order."""
    if isinstance(adapter, Lists):
        yield adapter.list_models()
    if isinstance(adapter, Moderates):
        yield adapter.moderate("a pear", ())
    if isinstance(adapter, Balances):
        yield adapter.balance()
    if isinstance(adapter, Hooks):
        yield adapter.hook_keys()


def _options(adapter: Adapter, _: Order) -> Iterator[str]:
    own = next(iter(adapter.options.__annotations__), None)
    for wrong, near in ((f"{own or 'option'}x", own), ("output_format", "format")):
        try:
            adapter.options(**{wrong: 1})
        except UserError as error:
            if near and near not in error.suggestions:
                yield f"the unknown option {wrong!r} is refused without naming {near!r}"
        else:
            yield f"the unknown option {wrong!r} is taken"


def _refusals(adapter: Adapter, order: Order) -> Iterator[str]:
    for status in STATUSES:
        for body in GARBAGE:
            for about in (order, None):
                error = adapter.diagnose(HttpReply(status, {}, body), about)
                for one in facts(error, adapter.profile.slug, about):
                    yield f"{status} {body[:20]!r}: {one}"
                if error.status != status:
                    yield f"{status}: the error says {error.status}"


def _garbage(adapter: Adapter, order: Order) -> Iterator[str]:
    for body in GARBAGE:
        try:
            adapter.read(HttpReply(200, {}, body), order, None)
        except (ProviderError, Refused) as error:
            yield from facts(error, adapter.profile.slug, order)
            if error.billed is Billed.NO:
                yield f"an answer that cannot be read ({body[:20]!r}) is said to be free"
        else:
            yield f"garbage is read as an outcome: {body[:40]!r}"


def _tickets(adapter: Adapter, order: Order) -> Iterator[str]:
    if not ticketed(adapter):
        if adapter.cancel(TICKET) is not None:
            yield "it has no tickets, and cancels one"
        return
    call = adapter.check(TICKET)
    if call.timeout is Timeout.PAINT:
        yield "a question about a ticket has the time of painting"
    if call != adapter.check(TICKET):
        yield "check is not deterministic"
    for one in (call, adapter.cancel(TICKET)):
        yield from credentials(one, adapter.profile) if one else ()
    for status in (one for one in STATUSES if one >= 300):  # noqa: PLR2004 - no success
        for body in GARBAGE:
            error = adapter.diagnose(HttpReply(status, {}, body), order, TICKET)
            if isinstance(error, ProviderError) and (error.again, error.billed) != (
                Again.NEVER,
                Billed.UNKNOWN,
            ):
                yield f"a poll that fails with {status} is taken for the end of the work"


def ticketed(adapter: Adapter) -> bool:
    """Whether work goes on behind a ticket."""
    try:
        adapter.check(TICKET)
    except TypeError:
        return False
    return True


def _streams(adapter: Adapter, order: Order) -> Iterator[str]:
    if not isinstance(adapter, Streams):
        return
    for body in GARBAGE:
        try:
            adapter.event(Frame(body, "dance"), order)
        except Error as error:
            if not isinstance(error, ProviderError | Refused):
                yield f"a frame that cannot be read raises {type(error).__name__}"


def _finds(adapter: Adapter, order: Order) -> Iterator[str]:
    if not isinstance(adapter, Finds):
        return
    yield from credentials(adapter.lately(order), adapter.profile)
    for body in GARBAGE:
        try:
            found = adapter.alike(HttpReply(200, {}, body), order, 60.0)
        except ProviderError:
            continue
        if found:
            yield f"work is found in garbage: {body[:40]!r}"


def _traces(adapter: Adapter, order: Order) -> Iterator[str]:
    if not isinstance(adapter, Traces):
        return
    if adapter.trace(replace(order, task=None)) is not None:
        yield "work without a name is looked for"
    named = replace(order, task="a-name")
    ticket = adapter.trace(named)
    if ticket is None:
        return
    yield from credentials(adapter.check(ticket), adapter.profile)
    for body in GARBAGE:
        try:
            outcome = adapter.read(HttpReply(200, {}, body), named, ticket)
        except ProviderError:
            continue
        if isinstance(outcome, Done) or outcome.ticket.task != ticket.task:
            yield f"work is found in garbage: {body[:40]!r}"


RULES: Final[tuple[Rule, ...]] = (
    _profile,
    _calls,
    _options,
    _refusals,
    _garbage,
    _tickets,
    _streams,
    _finds,
    _traces,
)
"""Each yields a sentence for every point in which an adapter breaks it."""
