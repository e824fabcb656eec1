"""One suite for every adapter: its exchanges, and what must hold whatever a provider answers."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.conformance.rules import credentials, facts, free_calls
from limner.core.adapter import Adapter, Done, Order, Partial, Pending, Ticket
from limner.core.errors import Again, Billed, Malformed, ProviderError, Refused, UserError
from limner.core.http import Frame, HttpCall, HttpReply, Timeout
from limner.core.models import Model
from limner.core.operations import Operation
from limner.core.optional import Streams
from tests.providers.exchanges import ADAPTERS, KEYS, Exchange, answer, call_in_words, exchanges

ALL = exchanges()
every_exchange = pytest.mark.parametrize("exchange", ALL, ids=lambda one: one.id)
every_adapter = pytest.mark.parametrize("slug", sorted(ADAPTERS))

MUST_SHOW = {"done", "Refused", "BadRequest", "Unauthorized", "RateLimited", "Unavailable", "Malformed"}
NEVER_EMPTY = {"azure", "openai-compatible", "a1111", "comfyui"}
"""Who does not say that an account is empty: Azure bills afterwards, servers of one's own never do."""
NEVER_REFUSES = {"novelai", "openai-compatible", "a1111", "comfyui"}
"""Who has no status of moderation: NovelAI's curated models avoid what others refuse."""
STATUS_KEYS = ("status", "state")


# The exchanges


@every_exchange
def test_an_exchange_is_complete(exchange: Exchange):
    document = exchange.document
    assert KEYS <= set(document) <= KEYS | {"ticket"}
    assert document["source"].strip()
    assert document["checked_on"] >= "2026-11-21"


@every_exchange
def test_the_call_is_the_published_one(exchange: Exchange):
    assert call_in_words(exchange.call()) == exchange.document["call"]


@every_exchange
def test_the_reply_is_read_as_documented(exchange: Exchange):
    expect(exchange.outcome(), exchange.document["outcome"])


def expect(outcome: Any, wanted: Any) -> None:
    """Equal; of an error every fact, and of its texts what must be in them."""
    if wanted is not None and "events" in wanted:
        assert len(outcome["events"]) == len(wanted["events"])
        for one, other in zip(outcome["events"], wanted["events"], strict=True):
            expect(one, other)
        return
    if wanted is None or "raises" not in wanted:
        assert outcome == wanted
        return
    facts = dict(outcome["raises"])
    texts = {"message": facts.pop("message"), "remedy": facts.pop("remedy")}
    known = dict(wanted["raises"])
    assert known.pop("says", "") in texts["message"]
    assert known.pop("remedy", "") in texts["remedy"]
    assert facts == known


def kinds(slug: str) -> set[str]:
    """What a vendor's exchanges end with."""
    ends: list[Mapping[str, Any] | None] = []
    for exchange in exchanges(slug):
        outcome = exchange.document["outcome"]
        ends += outcome.get("events", [outcome])
    return {end["raises"]["kind"] if "raises" in end else next(iter(end)) for end in ends if end}


@every_adapter
def test_every_kind_of_outcome_has_an_exchange(slug: str):
    missing = MUST_SHOW - kinds(slug) - ({"Refused"} if slug in NEVER_REFUSES else set())
    assert not missing
    assert ("OutOfCredit" in kinds(slug)) == (slug not in NEVER_EMPTY)
    waits = [one.document["outcome"].get("raises", {}).get("retry_after") for one in exchanges(slug)]
    assert any(waits), "a rate limit that says how long"
    if isinstance(ADAPTERS[slug], Streams):
        streamed = [one.document["outcome"]["events"] for one in exchanges(slug) if one.frames()]
        assert any("raises" in (events[-1] or {}) for events in streamed)
        assert any("partial" in (event or {}) for events in streamed for event in events)


# Calls


@every_exchange
def test_submit_is_deterministic(exchange: Exchange):
    again = Exchange(exchange.slug, exchange.name, json.loads(json.dumps(exchange.document)))
    assert exchange.call() == again.call()
    assert json.dumps(call_in_words(exchange.call())) == json.dumps(call_in_words(again.call()))


def calls(adapter: Adapter) -> list[HttpCall]:
    return [*(one.call() for one in ALL if one.adapter is adapter), *free_calls(adapter)]


@every_adapter
def test_no_call_carries_a_credential(slug: str):
    profile = ADAPTERS[slug].profile
    assert not [wrong for call in calls(ADAPTERS[slug]) for wrong in credentials(call, profile)]


@every_exchange
def test_what_lies_elsewhere_is_fetched_without_the_key(exchange: Exchange):
    wanted = exchange.document["outcome"].get("done", {})
    for one in wanted.get("artifacts", ()):
        assert one.get("auth", "none") == "none"


@every_exchange
def test_a_call_has_the_time_that_it_takes(exchange: Exchange):
    answered = {"done", "events"} & set(exchange.document["outcome"])
    call = exchange.call()
    if exchange.ticket() or call.method == "GET":
        assert call.timeout is not Timeout.PAINT, "a question is answered at once"
    elif answered:
        assert call.timeout is Timeout.PAINT


@every_adapter
def test_an_adapter_holds_nothing(slug: str):
    assert not vars(ADAPTERS[slug])


# Options


@every_adapter
def test_an_unknown_option_is_refused_with_the_nearest(slug: str):
    kind = ADAPTERS[slug].options
    name = next(iter(kind.__annotations__))
    with pytest.raises(UserError) as caught:
        kind(**{f"{name}x": 1})
    assert caught.value.suggestions[0] == name
    assert name in caught.value.remedy


@every_adapter
def test_a_field_of_every_request_is_no_option(slug: str):
    with pytest.raises(UserError) as caught:
        ADAPTERS[slug].options(output_format="png")  # pyright: ignore[reportCallIssue]
    assert caught.value.suggestions == ("format",)


GOES_AS = {
    "fidelity": "secondary_strength",
    "prefer_wait": "wait=",
    "top_p": "topP",
    "slots": "sampler_name",
    "safety_settings": "safetySettings",
}
"""Options of ours under which a vendor's own name hides."""


@every_exchange
def test_no_option_gets_lost(exchange: Exchange):
    if exchange.ticket():
        return
    said = json.dumps(call_in_words(exchange.call()))
    for name in exchange.document["request"].get("options", {}):
        assert name in said or name.replace("_", "-") in said or GOES_AS.get(name, "?") in said


def test_an_option_of_another_model_is_refused():
    exchange = next(one for one in ALL if one.id == "openai/gif")
    order = exchange.order()
    older: Model = dataclasses.replace(order.model, extras={"options": ("user",)})
    with pytest.raises(UserError) as caught:
        exchange.adapter.submit(dataclasses.replace(order, model=older))
    assert caught.value.field == "options.frame_count"
    assert "user" in caught.value.remedy


# Tickets


def tickets() -> list[tuple[Exchange, Ticket]]:
    made: list[tuple[Exchange, Ticket]] = []
    for exchange in ALL:
        if "pending" in exchange.document["outcome"]:
            pending = answer(exchange.adapter, exchange.reply(), exchange.order(), exchange.ticket())
            assert isinstance(pending, Pending)
            made.append((exchange, pending.ticket))
    return made


@pytest.mark.parametrize(("exchange", "ticket"), tickets(), ids=lambda one: getattr(one, "id", ""))
def test_a_ticket_survives_json(exchange: Exchange, ticket: Ticket):
    saved = json.dumps({**told(ticket), "extra": dict(ticket.extra)})
    restored = Ticket(**json.loads(saved))
    assert exchange.adapter.check(restored) == exchange.adapter.check(ticket)
    assert exchange.adapter.cancel(restored) == exchange.adapter.cancel(ticket)
    assert (exchange.adapter.cancel(ticket) is not None) <= exchange.adapter.profile.cancellable


def told(ticket: Ticket) -> dict[str, object]:
    return {field.name: getattr(ticket, field.name) for field in dataclasses.fields(ticket)}


STANDING = [
    one
    for one in ALL
    if "pending" in one.document["outcome"] and set(STATUS_KEYS) & set(one.document["reply"]["json"])
]


@pytest.mark.parametrize("exchange", STANDING, ids=lambda one: one.id)
@given(status=st.text(max_size=20) | st.none() | st.integers() | st.lists(st.text(), max_size=1))
def test_an_unknown_status_is_an_error_and_never_still_running(exchange: Exchange, status: object):
    came = exchange.document["reply"]
    said = [other.document["reply"].get("json") for other in ALL]
    known = {one.get(key) for one in said if isinstance(one, dict) for key in STATUS_KEYS}
    if isinstance(status, str) and status in known:
        return
    body = {name: status if name in STATUS_KEYS else said for name, said in came["json"].items()}
    assert body != came["json"]
    reply = HttpReply(came["status"], {}, json.dumps(body).encode())
    with pytest.raises(Malformed):
        answer(exchange.adapter, reply, exchange.order(), exchange.ticket())


@every_adapter
def test_who_gives_no_tickets_says_so(slug: str):
    if any(one.slug == slug and one.ticket() for one in ALL):
        return
    ticket = Ticket("x", "/x")
    order = next(one for one in ALL if one.slug == slug).order()
    with pytest.raises(TypeError):
        ADAPTERS[slug].check(ticket)
    with pytest.raises(TypeError):
        ADAPTERS[slug].read(HttpReply(200, {}, b"{}"), order, ticket)
    assert ADAPTERS[slug].cancel(ticket) is None


# Whatever comes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
CODES = st.sampled_from(
    [
        "moderation_blocked",
        "content_policy_violation",
        "contentFilter",
        "content_filter",
        "insufficient_quota",
        "billing_hard_limit_reached",
        "rate_limit_exceeded",
        "model_not_found",
        "server_error",
        "indecent",
        "",
    ]
)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "error": st.fixed_dictionaries(
            {},
            optional={
                "message": st.text(max_size=40) | JSON,
                "code": CODES | JSON,
                "type": CODES | JSON,
                "param": JSON,
                "inner_error": JSON,
                "moderation_details": JSON,
            },
        )
        | JSON
    },
)
BODIES = st.binary(max_size=60) | (JSON | ENVELOPES).map(lambda value: json.dumps(value).encode())
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "retry-after-ms", "date", "x-request-id", "x-should-retry"]),
    st.sampled_from(["", "1", "1.5", "-3", "nan", "true", "false", "Sat, 21 Nov 2026 10:00:00 GMT", "soon"]),
)


def first_order(slug: str) -> Order:
    return next(one for one in ALL if one.slug == slug and not one.ticket()).order()


def check_facts(error: ProviderError | Refused, slug: str, order: Order | None) -> None:
    assert not list(facts(error, slug, order))


@every_adapter
@given(status=st.integers(100, 599).filter(lambda code: not 200 <= code < 300), body=BODIES, headers=HEADERS)
def test_every_refusal_becomes_facts(slug: str, status: int, body: bytes, headers: dict[str, str]):
    reply = HttpReply(status, headers, body)
    for order in (first_order(slug), None):
        error = ADAPTERS[slug].diagnose(reply, order)
        check_facts(error, slug, order)
        assert error.status == status


@pytest.mark.parametrize("slug", sorted({one.slug for one in ALL if one.ticket()}))
@given(status=st.integers(300, 599), body=BODIES)
def test_a_poll_that_fails_leaves_the_work_open(slug: str, status: int, body: bytes):
    exchange = next(one for one in ALL if one.slug == slug and one.ticket())
    error = ADAPTERS[slug].diagnose(HttpReply(status, {}, body), exchange.order(), exchange.ticket())
    assert isinstance(error, Refused) or (error.again, error.billed) == (Again.NEVER, Billed.UNKNOWN)


@every_adapter
@given(body=BODIES)
def test_garbage_is_an_error_and_never_a_picture(slug: str, body: bytes):
    with pytest.raises((ProviderError, Refused)) as caught:
        ADAPTERS[slug].read(HttpReply(200, {}, body), first_order(slug), None)
    check_facts(caught.value, slug, first_order(slug))
    assert caught.value.billed is not Billed.NO


@pytest.mark.parametrize(
    "exchange", [one for one in ALL if "json" in one.document["reply"]], ids=lambda one: one.id
)
@given(cut=st.data())
def test_an_answer_that_breaks_off_is_malformed(exchange: Exchange, cut: st.DataObject):
    reply = exchange.reply()
    if not reply.ok:
        return
    body = reply.body[: cut.draw(st.integers(0, len(reply.body) - 1))]
    with pytest.raises(Malformed):
        exchange.adapter.read(dataclasses.replace(reply, body=body), exchange.order(), exchange.ticket())


GOOD = [
    one
    for one in ALL
    if {"done", "pending"} & set(one.document["outcome"]) and one.document["reply"].get("json")
]


@pytest.mark.parametrize("exchange", GOOD, ids=lambda one: one.id)
@given(change=st.data())
def test_a_changed_answer_is_read_or_refused(exchange: Exchange, change: st.DataObject):
    document = json.loads(exchange.reply().body)
    places = list(paths(document))
    place = change.draw(st.sampled_from(places))
    inside: Any = document
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = change.draw(JSON)
    reply = dataclasses.replace(exchange.reply(), body=json.dumps(document).encode())
    try:
        outcome = exchange.adapter.read(reply, exchange.order(), exchange.ticket())
    except (ProviderError, Refused) as error:
        check_facts(error, exchange.slug, exchange.order())
    else:
        wordy = exchange.order().request.operation is Operation.SUGGEST_TAGS
        assert wordy or isinstance(outcome, Pending) or outcome.artifacts


def paths(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON document."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [so_far] if so_far else []
    for key, part in parts:
        found += paths(part, (*so_far, key))
    return found


@pytest.mark.parametrize("slug", sorted(slug for slug, one in ADAPTERS.items() if isinstance(one, Streams)))
@given(data=BODIES, event=st.sampled_from(["error", "ping", "", None, "image_generation.completed"]))
def test_any_event_is_read_or_refused(slug: str, data: bytes, event: str | None):
    adapter = ADAPTERS[slug]
    assert isinstance(adapter, Streams)
    try:
        said = adapter.event(Frame(data, event), first_order(slug))
    except (ProviderError, Refused) as error:
        check_facts(error, slug, first_order(slug))
    else:
        assert said is None or isinstance(said, Partial) or (isinstance(said, Done) and said.artifacts)
