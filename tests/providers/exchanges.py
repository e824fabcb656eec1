"""Published exchanges with providers, as data: read here, compared here, kept in `<slug>/exchanges/*.json`.

An exchange is `{source, checked_on, model, request, call, reply, outcome}`, and `ticket` where the call is a
poll. Pictures are named after the files in `pictures/`.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sized
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgpack
import pybase64

from limner.catalog.load import load
from limner.core.adapter import Adapter, Artifact, Done, Order, Partial, Pending, Ticket
from limner.core.errors import ProviderError, Refused
from limner.core.http import Frame, HttpCall, HttpReply, Inline, JsonBody, MultipartBody, RawBody
from limner.core.models import NATIVE, Limits, Model
from limner.core.operations import Operation
from limner.core.pictures import Format, Margins, Picture, Reference, Role, Size
from limner.core.requests import Request, Tier
from limner.providers import registry
from limner.providers._template.adapter import Easel

HERE = Path(__file__).parent
ADAPTERS: dict[str, Adapter] = {**registry.load_all(), "_template": Easel()}
KEYS = {"source", "checked_on", "model", "request", "call", "reply", "outcome"}

EASEL_MODEL = Model(
    id="_template/fresco",
    provider="_template",
    name="fresco",
    abilities={Operation.GENERATE: NATIVE, Operation.INPAINT: NATIVE},
    source="invented",
    checked_on=date(2026, 11, 21),
    limits=Limits(n=4, seed=(0, 99), qualities={Tier.HIGH: "fine"}),
    wire={"model": "fresco-1"},
    extras={"options": ("varnish", "layers")},
)


def model(named: str | Mapping[str, Any]) -> Model:
    """The model an exchange is about; `{id, wire}` changes some of its wire names."""
    if isinstance(named, Mapping):
        found = model(named["id"])
        return replace(found, wire=MappingProxyType({**found.wire, **named["wire"]}))
    found = EASEL_MODEL if named == EASEL_MODEL.id else load().get(named)
    assert found, f"the catalog has no {named}"
    return found


MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


def data(name: str) -> bytes:
    return (HERE / "pictures" / name).read_bytes()


def picture(name: str) -> Picture:
    return Picture(data(name), MEDIA_TYPES[name.rpartition(".")[2]], Size(2, 2), name)


@dataclass(frozen=True)
class Exchange:
    """One of them."""

    slug: str
    name: str
    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.slug}/{self.name}"

    @property
    def adapter(self) -> Adapter:
        return ADAPTERS[self.slug]

    def order(self) -> Order:
        """What is asked, already fitted."""
        wish: dict[str, Any] = dict(self.document["request"])
        spoken = model(self.document["model"])
        options = self.adapter.options(**wish.pop("options", {}))
        mask, stream, hosted = wish.pop("mask", None), wish.pop("stream", False), wish.pop("hosted", {})
        task = wish.pop("task", None)
        changes: dict[str, Any] = {
            "operation": Operation(wish["operation"]),
            "images": tuple(picture(name) for name in wish.get("images", ())),
            "references": tuple(
                Reference(picture(one["picture"]), Role(one["role"]), one.get("strength"))
                for one in wish.get("references", ())
            ),
            "margins": Margins(**wish.get("margins", {})),
            "size": Size.parse(wish["size"]) if "size" in wish else None,
            "quality": Tier(wish["quality"]) if "quality" in wish else None,
            "format": Format(wish["format"]) if "format" in wish else None,
        }
        request = Request(**{**wish, **changes})
        return Order(
            request,
            spoken,
            options,
            mask=data(mask) if mask else None,
            quality=spoken.limits.qualities[request.quality] if request.quality else None,
            stream=stream,
            task=task,
            hosted={picture(name).digest: url for name, url in hosted.items()},
        )

    def ticket(self) -> Ticket | None:
        return Ticket(**self.document["ticket"]) if "ticket" in self.document else None

    def call(self) -> HttpCall:
        """What the adapter says for it."""
        ticket = self.ticket()
        return self.adapter.check(ticket) if ticket else self.adapter.submit(self.order())

    def reply(self) -> HttpReply:
        came = self.document["reply"]
        return HttpReply(came["status"], came["headers"], body_of(came))

    def frames(self) -> list[Frame]:
        return [Frame(body_of(one), one.get("event")) for one in self.document["reply"].get("events", ())]

    def outcome(self) -> object:
        """What the adapter makes of the reply, in the words of `document["outcome"]`."""
        order = self.order()
        if self.frames():
            return {"events": [self._event(frame, order) for frame in self.frames()]}
        return told(lambda: answer(self.adapter, self.reply(), order, self.ticket()))

    def _event(self, frame: Frame, order: Order) -> object:
        return told(lambda: self.adapter.event(frame, order))  # pyright: ignore[reportAttributeAccessIssue]


def body_of(came: Mapping[str, Any]) -> bytes:
    """The bytes of an answer or of a frame, in whichever way they are written down."""
    if "picture" in came:
        return data(came["picture"])
    if "zip" in came:
        return zipped(came["zip"])
    if "msgpack" in came:
        return bytes(msgpack.packb(with_pictures(came["msgpack"])) or b"")
    return (came["text"] if "text" in came else json.dumps(came.get("json"))).encode()


def zipped(members: Mapping[str, str]) -> bytes:
    """An archive of pictures."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member, name in members.items():
            archive.writestr(member, data(name))
    return buffer.getvalue()


def with_pictures(value: Any) -> Any:
    """A document with bytes where it names a picture."""
    if isinstance(value, Mapping):
        return (
            data(value["picture"])
            if set(value) == {"picture"}
            else {k: with_pictures(v) for k, v in value.items()}
        )
    return value


def answer(adapter: Adapter, reply: HttpReply, order: Order, ticket: Ticket | None) -> Done | Pending:
    """Treat a reply as the driver does."""
    if not reply.ok:
        raise adapter.diagnose(reply, order, ticket)
    return adapter.read(reply, order, ticket)


def exchanges(slug: str | None = None) -> list[Exchange]:
    """All of them, or one vendor's."""
    return [
        Exchange(path.parts[-3], path.stem, json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(HERE.glob(f"{slug or '*'}/exchanges/*.json"))
    ]


def told(ask: Any) -> object:
    """An outcome, or the error instead of it, in the words of an exchange."""
    try:
        return in_words(ask())
    except (ProviderError, Refused) as error:
        return {"raises": fault(error)}


def in_words(outcome: Done | Pending | Partial | None) -> object:
    match outcome:
        case None:
            return None
        case Partial():
            return {"partial": told_of(outcome, data=None) | base64(outcome.data)}
        case Pending():
            return {"pending": told_of(outcome, ticket=told_of(outcome.ticket), delay=outcome.delay)}
        case Done():
            artifacts = [artifact(one) for one in outcome.artifacts]
            usage = told_of(outcome.usage) if outcome.usage else None
            cost = str(outcome.stated_cost) if outcome.stated_cost is not None else None
            lists = {"missing": list(outcome.missing), "tags": list(outcome.tags)}
            return {"done": told_of(outcome, artifacts=artifacts, usage=usage, stated_cost=cost, **lists)}


def artifact(one: Artifact) -> dict[str, object]:
    if isinstance(one.source, bytes):
        return told_of(one, source=None) | base64(one.source)
    source = one.source
    place = {"url": source.call.url, "auth": source.call.auth, "expires_at": source.expires_at}
    return told_of(one, source=None) | {name: value for name, value in place.items() if value is not None}


def base64(bare: bytes | None) -> dict[str, object]:
    return {} if bare is None else {"base64": pybase64.b64encode(bare).decode()}


def told_of(value: Any, **instead: object) -> dict[str, object]:
    """The fields of a dataclass that say something."""
    known = {field.name: getattr(value, field.name) for field in fields(value)} | instead
    return {name: said for name, said in known.items() if not silent(said)}


def silent(said: object) -> bool:
    return said is None or said is False or (isinstance(said, Sized) and not len(said))


def fault(error: ProviderError | Refused) -> dict[str, object]:
    facts: dict[str, object] = {
        "kind": type(error).__name__,
        "billed": error.billed.value,
        "status": error.status,
        "request_id": error.request_id,
        "message": error.message,
        "remedy": error.remedy,
    }
    if isinstance(error, Refused):
        facts |= {"stage": error.stage.value, "categories": list(error.categories) or None}
    else:
        facts |= {
            "again": error.again.value,
            "vendor_code": error.vendor_code,
            "retry_after": error.retry_after,
        }
    return {name: said for name, said in facts.items() if said is not None}


def call_in_words(call: HttpCall) -> dict[str, object]:
    """A call in the words of an exchange; pictures by the name of their file."""
    told_call: dict[str, object] = {"method": call.method, "url": call.url}
    if call.query:
        told_call["query"] = [list(pair) for pair in call.query]
    if call.headers:
        told_call["headers"] = dict(call.headers)
    if call.site:
        told_call["site"] = call.site
    if call.stream:
        told_call["stream"] = call.stream
    match call.body:
        case JsonBody(value):
            told_call["json"] = plain(value)
        case MultipartBody(parts):
            told_call["multipart"] = [
                [part.name, part.data.decode()]
                if part.filename is None
                else [
                    part.name,
                    {
                        "filename": part.filename,
                        "media_type": part.media_type,
                        "picture": picture_name(part.data),
                    },
                ]
                for part in parts
            ]
        case RawBody(bare, media_type):
            told_call["raw"] = {"media_type": media_type, "picture": picture_name(bare)}
        case None:
            pass
        case other:
            raise AssertionError(f"exchanges have no words for {type(other).__name__}")
    return told_call


def plain(value: object) -> object:
    if isinstance(value, Inline):
        return {"picture": picture_name(value.data)} | ({"prefix": value.prefix} if value.prefix else {})
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value


NAMES = {data(path.name): path.name for path in sorted((HERE / "pictures").iterdir())}


def picture_name(bare: bytes) -> str:
    return NAMES[bare]
