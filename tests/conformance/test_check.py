"""Every adapter keeps the contract; one that breaks it in any point is found out."""

import dataclasses
import json
from typing import Any

import pytest

from limner.catalog.load import load
from limner.conformance.check import Report, check
from limner.conformance.document import Document
from limner.core.adapter import Done, Order, Ticket
from limner.core.errors import Again, Billed, ProviderError, UserError
from limner.core.http import HttpCall, HttpReply, JsonBody, Timeout
from limner.core.models import Model
from limner.providers import registry
from limner.providers._template.adapter import Easel
from limner.providers._template.options import Options
from limner.providers.stability.adapter import Stability
from tests.providers.exchanges import EASEL_MODEL

CATALOG = load()


def models(slug: str) -> list[Model]:
    return [one for one in CATALOG.all() if one.provider == slug]


@pytest.mark.row("B5")
@pytest.mark.parametrize("slug", registry.slugs())
def test_every_adapter_keeps_the_contract(slug: str):
    adapter = registry.get(slug)
    assert adapter
    report = check(adapter, models(slug))
    assert not report.problems
    assert report.calls
    assert (report.document is None) == (Document.bundled(slug) is None)


def test_the_one_to_copy_keeps_it_too():
    assert not check(Easel(), [EASEL_MODEL]).problems


# What is found out


def failing(**facts: Any) -> ProviderError:
    known = {"provider": "_template", "model": None, "status": 500, "again": Again.NEVER}
    return ProviderError("It failed.", **{**known, **facts})


class Hasty(Easel):
    """Sends again what may have been paid."""

    def diagnose(self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None) -> ProviderError:
        model = order.model.id if order else None
        return failing(model=model, status=reply.status, again=Again.SAME, billed=Billed.UNKNOWN)


class Nameless(Easel):
    """Does not say who failed."""

    def diagnose(self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None) -> ProviderError:
        return failing(provider="somebody", model=order.model.id if order else None, status=reply.status)


class Final(Easel):
    """Takes a poll that fails for the end of the work."""

    def diagnose(self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None) -> ProviderError:
        return failing(model=order.model.id if order else None, status=reply.status, billed=Billed.NO)


class Credulous(Easel):
    """Reads anything."""

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Done:
        return Done(())


class Generous(Easel):
    """Says that what cannot be read is free."""

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Done:
        raise failing(model=order.model.id, status=200, billed=Billed.NO)


class Indiscreet(Easel):
    """Writes the key itself."""

    def submit(self, order: Order) -> HttpCall:
        return dataclasses.replace(super().submit(order), headers={"Authorization": "Bearer me"})


class Forgetful(Easel):
    """Loses the seed."""

    def submit(self, order: Order) -> HttpCall:
        return super().submit(dataclasses.replace(order, request=order.request.replace(seed=None)))


class Moody(Easel):
    """Says something else each time."""

    times = 0

    def submit(self, order: Order) -> HttpCall:
        Moody.times += 1
        return dataclasses.replace(super().submit(order), query=(("time", str(Moody.times)),))


class Loaded(Easel):
    """Remembers."""

    def __init__(self) -> None:
        self.memory = 1


class Lax(Easel):
    """Takes any option."""

    class Anything(Options):
        """Whatever is said."""

        def __init__(self, **said: Any) -> None:
            super().__init__(**{name: value for name, value in said.items() if name in Options.model_fields})

    options = Anything


class Careless(Easel):
    """Is reached in the clear."""

    profile = dataclasses.replace(Easel.profile, base_url="http://api.easel.example")


class Patient(Easel):
    """Waits for the answer to a question as long as for a picture."""

    def check(self, ticket: Ticket) -> HttpCall:
        return dataclasses.replace(super().check(ticket), timeout=Timeout.PAINT)


@pytest.mark.parametrize(
    ("adapter", "said"),
    [
        (Hasty(), "could be paid twice"),
        (Nameless(), "names 'somebody' as its provider"),
        (Final(), "a poll that fails"),
        (Credulous(), "garbage is read as an outcome"),
        (Generous(), "is said to be free"),
        (Indiscreet(), "carries `authorization`"),
        (Forgetful(), "seed gets lost"),
        (Moody(), "not deterministic"),
        (Lax(), "the unknown option"),
        (Loaded(), "the adapter holds memory"),
        (Careless(), "is not https"),
        (Patient(), "has the time of painting"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_adapter_that_breaks_it_is_found_out(adapter: Easel, said: str):
    assert any(said in one for one in check(adapter, [EASEL_MODEL]).problems)


def test_a_provider_without_models_says_so():
    assert "no living model" in check(Easel(), []).problems[0]


# A newer document


def newer(change: Any) -> Report:
    bundled = Document.bundled("stability")
    assert bundled
    raw = json.loads(json.dumps(bundled.raw))
    del raw["x-also"]  # of which the bundled one knows
    change(raw)
    spec = Document.parse(json.dumps(raw).encode(), beside=bundled)
    return check(Stability(), models("stability"), spec=spec)


def fields_of(raw: Any, service: str) -> Any:
    path = raw["paths"][f"/v2beta/stable-image/{service}"]["post"]
    return path["requestBody"]["content"]["multipart/form-data"]["schema"]


@pytest.mark.row("B5")
def test_the_same_document_brings_no_news():
    report = newer(lambda _: None)
    assert (report.problems, report.news) == ((), ())


@pytest.mark.row("B5")
def test_drift_is_reported_where_our_calls_no_longer_fit():
    def change(raw: Any) -> None:
        del raw["paths"]["/v2beta/stable-image/edit/erase"]
        core = fields_of(raw, "generate/core")
        core["properties"]["mood"] = {"type": "string"}
        core["properties"]["aspect_ratio"]["enum"] = ["1:1"]
        del core["properties"]["negative_prompt"]
        fields_of(raw, "control/sketch")["required"] += ["licence"]

    report = newer(change)
    told = " | ".join(report.problems)
    assert "POST /v2beta/stable-image/edit/erase: the document has no such call" in told
    assert "generate/core: aspect_ratio: " in told
    assert "generate/core: the document has no `negative_prompt`" in told
    assert "control/sketch: the body: 'licence' is a required property" in told
    assert report.news == (
        "POST /v2beta/stable-image/generate/core: new: mood",
        "POST /v2beta/stable-image/generate/core: gone: negative_prompt",
    )


@pytest.mark.parametrize("data", [b"", b"openapi: 3.1.0", b"[]", b"{}", b'{"paths": {}}'])
def test_what_is_no_document_is_refused(data: bytes):
    with pytest.raises(UserError) as caught:
        Document.parse(data)
    assert caught.value.field == "spec"


def test_a_document_with_loose_ends_is_refused():
    def change(raw: Any) -> None:
        fields_of(raw, "generate/core")["properties"]["prompt"] = {"$ref": "#/components/schemas/Nowhere"}

    with pytest.raises(UserError, match="cannot be followed"):
        newer(change)


# Calls


def test_what_the_vendor_takes_besides_is_taken_and_nothing_else():
    schema = {"type": "object", "properties": {"size": {"enum": ["1x1"]}}}
    content = {"application/json": {"schema": schema}}
    also = [
        {"field": "size", "pattern": "[0-9]+x[0-9]+", "source": "a page"},
        {"field": "mood", "values": ["gay"], "source": "a page"},
        {"field": "any", "source": "a page"},
    ]
    raw = {"paths": {"/x": {"post": {"requestBody": {"content": content}}}}, "x-also": also}
    document = Document.parse(json.dumps(raw).encode())

    def told(**fields: object) -> list[str]:
        return document.problems(HttpCall("POST", "/x", body=JsonBody(fields)))

    assert not told(size="3x4", mood="gay", any=7)
    assert told(size="large")
    assert told(mood="sad") == ["POST /x: the document has no `mood`"]
    assert told(more=1) == ["POST /x: the document has no `more`"]
