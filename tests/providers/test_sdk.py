"""OpenAI's official SDK is the proof: for the same request it sends what we send, and reads what we read."""

import inspect
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import openai
import pybase64
import pytest

from limner.core.http import HttpCall, JsonBody, MultipartBody
from tests.providers.exchanges import Exchange, data, exchanges, picture

# The SDK warns that variations are retired.
pytestmark = pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")

SENT = [one for one in exchanges() if one.slug in {"openai", "azure"}]


@dataclass
class Sent:
    """A request, taken apart."""

    method: str
    path: str
    query: list[tuple[str, str]]
    fields: dict[str, object]
    files: list[tuple[str, str, str, bytes]] = field(default_factory=list[tuple[str, str, str, bytes]])
    """Name, filename, media type, bytes; in the order they came."""
    headers: dict[str, str] = field(default_factory=dict[str, str], compare=False)


class Catcher(ThreadingHTTPServer):
    """Answers every request alike, and keeps it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.caught: list[Sent] = []
        self.reply: tuple[int, dict[str, str], bytes] = (200, {}, b"")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Catcher  # pyright: ignore[reportIncompatibleVariableOverride]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.caught.append(taken_apart(self.command, self.path, headers, body))
        status, named, answer = self.server.reply
        self.send_response_only(status)
        for name, value in {**named, "content-length": str(len(answer)), "connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def taken_apart(method: str, target: str, headers: dict[str, str], body: bytes) -> Sent:
    split = urlsplit(target)
    sent = Sent(method, unquote(split.path), sorted(parse_qsl(split.query)), {}, headers=headers)
    if headers["content-type"] == "application/json":
        sent.fields = json.loads(body)
        return sent
    message = BytesParser(policy=HTTP).parsebytes(
        b"content-type: " + headers["content-type"].encode() + b"\n\n" + body
    )
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        if part.get_filename() is None:
            assert name not in sent.fields
            sent.fields[name] = payload.decode()
        else:
            sent.files.append((name, str(part.get_filename()), part.get_content_type(), payload))
    return sent


def ours(exchange: Exchange, call: HttpCall, base: str) -> Sent:
    """The same of what the adapter describes."""
    sent = Sent(call.method, unquote(urlsplit(base).path + call.url), sorted(call.query), {})
    if isinstance(call.body, JsonBody):
        sent.fields = dict(call.body.value)
    elif isinstance(call.body, MultipartBody):
        for part in call.body.parts:
            if part.filename is None:
                sent.fields[part.name] = part.data.decode()
            else:
                sent.files.append((part.name, part.filename, part.media_type or "", part.data))
    return sent


@pytest.fixture(scope="module")
def catcher() -> Iterator[Catcher]:
    with Catcher() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def forget(catcher: Catcher) -> None:
    catcher.caught.clear()


def client(exchange: Exchange, catcher: Catcher) -> openai.OpenAI:
    """The SDK, pointed at this machine. Azure's newer style is OpenAI's own client at another address."""
    version = dict(exchange.document["call"].get("query", ())).get("api-version")
    if exchange.slug == "openai":
        return openai.OpenAI(base_url=f"{catcher.url}/v1", api_key="sk-test", max_retries=0)
    if exchange.order().model.wire.get("style") == "v1":
        return openai.OpenAI(
            base_url=f"{catcher.url}/openai/v1",
            api_key="test",
            max_retries=0,
            default_query={"api-version": version},
        )
    return openai.AzureOpenAI(azure_endpoint=catcher.url, api_key="test", api_version=version, max_retries=0)


def wish(exchange: Exchange) -> dict[str, Any]:
    """The exchange's request as somebody who uses the SDK would write it."""
    asked = dict(exchange.document["request"])
    wire = exchange.order().model.wire
    end_user = "safety_identifier" if exchange.slug == "openai" else "user"
    if asked["operation"] == "variation":
        end_user = "user"
    shown = [*asked.get("images", ()), *(one["picture"] for one in asked.get("references", ()))]
    files = [
        (f"image-{place}.{name.rpartition('.')[2]}", data(name), picture(name).media_type)
        for place, name in enumerate(shown, 1)
    ]
    written = {
        "model": wire.get("deployment", wire["model"]),
        "prompt": asked.get("prompt"),
        "n": asked.get("n", 1),
        "size": asked.get("size"),
        "quality": exchange.order().quality,
        "style": asked.get("style"),
        "background": asked.get("background"),
        "output_format": asked.get("format"),
        "output_compression": None if exchange.name == "edit-three-compressed" else asked.get("compression"),
        "stream": asked.get("stream"),
        "partial_images": asked.get("partial_images"),
        end_user: asked.get("user"),
        "image": files[0] if len(files) == 1 else files or None,
        "mask": ("mask.png", data(asked["mask"]), "image/png") if "mask" in asked else None,
        **{str(name): value for name, value in wire_fields(exchange).items()},
        **asked.get("options", {}),
    }
    return {name: value for name, value in written.items() if value is not None}


def wire_fields(exchange: Exchange) -> dict[str, object]:
    named: Any = exchange.order().model.wire.get("fields", {})
    return dict(named)


def ask(exchange: Exchange, sdk: openai.OpenAI) -> Any:
    """Send it. What this SDK does not name yet goes along in `extra_body`."""
    written = wish(exchange)
    verb = {"variation": sdk.images.create_variation}.get(exchange.document["request"]["operation"])
    verb = verb or (sdk.images.edit if "image" in written else sdk.images.generate)
    known = set(inspect.signature(verb).parameters)
    extra = {name: value for name, value in written.items() if name not in known}
    named = {name: value for name, value in written.items() if name in known}
    return verb(**named, extra_body=extra or None)


def answer_with(exchange: Exchange, catcher: Catcher) -> None:
    came = exchange.document["reply"]
    body = exchange.reply().body
    if "events" in came:
        body = b"".join(
            (f"event: {frame.event}\n" if frame.event else "").encode() + b"data: " + frame.data + b"\n\n"
            for frame in exchange.frames()
        )
    catcher.reply = (came["status"], came["headers"], body)


@pytest.mark.row("A5", "A6")
@pytest.mark.parametrize("exchange", SENT, ids=lambda one: one.id)
def test_the_sdk_sends_what_we_send(exchange: Exchange, catcher: Catcher):
    catcher.reply = (400, {"content-type": "application/json"}, b'{"error": {"message": "caught"}}')
    sdk = client(exchange, catcher)
    with sdk, pytest.raises(openai.BadRequestError):
        ask(exchange, sdk)
    [sent] = catcher.caught
    base = f"{catcher.url}/v1" if exchange.slug == "openai" else catcher.url
    expected = ours(exchange, exchange.call(), base)
    if exchange.slug == "azure" and "deployments" in sent.path:
        assert f"/deployments/{sent.fields.pop('model')}/" in sent.path  # it also stands in the body
    assert sent == expected


def test_azure_takes_the_key_where_our_profile_says(catcher: Catcher):
    exchange = next(one for one in SENT if one.id == "azure/generate")
    answer_with(exchange, catcher)
    with client(exchange, catcher) as sdk:
        ask(exchange, sdk)
    auth = exchange.adapter.profile.auth
    assert catcher.caught[0].headers[auth.header] == f"{auth.prefix}test"


WHOLE = [one for one in SENT if not one.frames() and "done" in one.document["outcome"]]


@pytest.mark.parametrize("exchange", WHOLE, ids=lambda one: one.id)
def test_the_sdk_reads_what_we_read(exchange: Exchange, catcher: Catcher):
    answer_with(exchange, catcher)
    with client(exchange, catcher) as sdk:
        reply = ask(exchange, sdk)
    done = exchange.document["outcome"]["done"]
    theirs = [{"base64": one.b64_json} if one.b64_json else {"url": one.url} for one in reply.data]
    mine = [{name: one[name] for name in ("base64", "url") if name in one} for one in done["artifacts"]]
    assert [one for one in theirs if one in mine] == mine
    if "usage" in done:
        assert reply.usage.input_tokens_details.text_tokens == done["usage"]["text_in"]
        assert reply.usage.input_tokens_details.image_tokens == done["usage"]["image_in"]
        assert reply.usage.output_tokens == done["usage"]["image_out"] + done["usage"].get("text_out", 0)


FAILED = [
    one
    for one in SENT
    if not one.frames() and "raises" in one.document["outcome"] and one.document["reply"]["status"] >= 400
]


@pytest.mark.parametrize("exchange", FAILED, ids=lambda one: one.id)
def test_the_sdk_fails_where_we_fail(exchange: Exchange, catcher: Catcher):
    answer_with(exchange, catcher)
    with client(exchange, catcher) as sdk, pytest.raises(openai.APIStatusError) as caught:
        ask(exchange, sdk)
    facts = exchange.document["outcome"]["raises"]
    assert caught.value.status_code == facts["status"]
    if "vendor_code" in facts:
        assert facts["vendor_code"] in {str(caught.value.code), caught.value.type}
    if exchange.slug == "openai":
        assert caught.value.request_id == facts.get("request_id")


STREAMED = [one for one in SENT if one.frames() and one.name != "stream-garbage"]


@pytest.mark.parametrize("exchange", STREAMED, ids=lambda one: one.id)
def test_the_sdk_reads_the_events_we_read(exchange: Exchange, catcher: Catcher):
    answer_with(exchange, catcher)
    theirs: list[object] = []
    with client(exchange, catcher) as sdk:
        try:
            theirs.extend(words(event) for event in ask(exchange, sdk))
        except openai.APIError as error:
            theirs.append({"failed": error.code or error.type})
    mine = [short(one) for one in exchange.document["outcome"]["events"] if one]
    assert theirs == mine


def words(event: Any) -> object:
    if event.type.endswith(".partial_image"):
        try:
            pybase64.b64decode(event.b64_json, validate=True)
        except ValueError:
            return {"partial": event.partial_image_index}
        return {"partial": event.partial_image_index, "base64": event.b64_json}
    return {"done": event.b64_json, "tokens": event.usage.output_tokens}


def short(event: dict[str, Any]) -> object:
    if "raises" in event:
        return {"failed": event["raises"].get("vendor_code", "moderation_blocked")}
    if "partial" in event:
        known = event["partial"]
        return {"partial": known["index"]} | ({"base64": known["base64"]} if "base64" in known else {})
    done = event["done"]
    return {"done": done["artifacts"][0]["base64"], "tokens": done["usage"]["image_out"]}
