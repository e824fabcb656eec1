"""What no exchange of fal shows: uploads, hooks, and the endpoints as fal describes them."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from limner.assembly import assemble
from limner.catalog.load import load
from limner.core.adapter import Order
from limner.core.errors import Malformed, Refused, Stage, UserError
from limner.core.http import HttpCall, HttpReply, RawBody
from limner.core.models import Model
from limner.core.operations import Operation
from limner.core.optional import Hook
from limner.core.pictures import Picture, Size
from limner.core.requests import Request
from limner.core.secret import Secret
from limner.engine.bell import Bell
from limner.providers.fal import wire
from limner.providers.fal.adapter import Fal
from limner.providers.fal.options import Options
from limner.settings import Settings
from tests.support.sources import ROOT

CONTRACT = json.loads((ROOT / "tests" / "contracts" / "fal" / "models.json").read_text(encoding="utf-8"))
ENDPOINTS: dict[str, dict[str, Any]] = {one["endpoint"]: one for one in CONTRACT["models"]}
MODELS = {str(one.wire["model"]): one for one in load().all() if one.provider == "fal"}
every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS)
LARGE = Picture(b"\x00" * (wire.INLINE + 1), "image/jpeg", Size(400, 300))
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def order(*pictures: Picture) -> Order:
    model = load().get("fal/flux-2-pro/edit")
    assert model
    return Order(Request(Operation.EDIT, prompt="join them", images=pictures), model, Options())


# Endpoints


def test_every_endpoint_is_a_model():
    assert set(MODELS) == set(ENDPOINTS)


ELSEWHERE = {"reference_mask_urls"}
"""What Limner has no place for."""


@every_endpoint
def test_every_input_has_a_place(endpoint: str):
    model, inputs = MODELS[endpoint], ENDPOINTS[endpoint]["input"]
    placed = names(model) | set(options(model))
    assert set(inputs) - ELSEWHERE <= placed
    mine = {"queue_priority", "store_io", "expiration_duration_seconds"}
    shared = {str(name) for name in fields(MODELS["fal-ai/birefnet"]).values()}
    assert placed - mine - shared <= set(inputs), "something is sent that fal does not know"


def names(model: Model) -> set[str]:
    references: Any = model.wire.get("references", {})
    strengths: Any = model.wire.get("strengths", {})
    told = [*fields(model).values(), *references.values(), *strengths.values()]
    return {str(name).removesuffix("[]") for name in told}


def fields(model: Model) -> dict[str, object]:
    table: Any = model.wire["fields"]
    return dict(table)


def options(model: Model) -> tuple[str, ...]:
    listed: Any = model.extras["options"]
    return tuple(listed)


@every_endpoint
def test_limits_are_the_published_ones(endpoint: str):
    model, inputs = MODELS[endpoint], ENDPOINTS[endpoint]["input"]
    limits = model.limits
    assert limits.n == inputs.get("num_images", {}).get("maximum", 1)
    for name, bounds in (("guidance_scale", limits.guidance), ("num_inference_steps", limits.steps)):
        told = inputs.get(name)
        assert bounds == (told and (told["minimum"], told["maximum"]))
    assert [one.value for one in limits.formats] == inputs.get("output_format", {}).get("enum", [])
    assert list(limits.styles) == inputs.get("style", {}).get("enum", [])
    for name, taken in (("seed", limits.seed), ("negative_prompt", limits.negative_prompt)):
        assert (name in inputs) == (taken is not None)
    ratios = [one for one in inputs.get("aspect_ratio", {}).get("enum", []) if one != "auto"]
    if endpoint != "fal-ai/bria/expand":  # where the canvas says the shape
        assert list(model.sizes.ratios) == ratios
    for words in ("rendering_speed", "resolution"):
        assert set(limits.qualities.values()) <= set(
            inputs.get(words, {}).get("enum", limits.qualities.values())
        )


@every_endpoint
def test_options_are_of_the_published_kinds(endpoint: str):
    for name in set(options(MODELS[endpoint])) & set(ENDPOINTS[endpoint]["input"]):
        for value in ENDPOINTS[endpoint]["input"][name].get("enum", ()):
            assert getattr(Options(**{name: value}), name) == value


# Uploads


def test_only_large_pictures_are_hosted_and_each_once():
    small = Picture(b"\x00" * wire.INLINE, "image/png", Size(2, 2))
    assert Fal().hosts(order(small, LARGE, LARGE)) == (LARGE,)


def test_an_upload_takes_two_calls():
    fal = Fal()
    first = fal.upload(LARGE)
    assert (first.url, first.site, first.auth) == ("/storage/upload/initiate", "rest", "provider")
    place = {
        "upload_url": "https://v3.fal.media/put?token=x",
        "file_url": "https://v3b.fal.media/files/b/x.jpeg",
    }
    reply = HttpReply(200, {}, json.dumps(place).encode())
    second = fal.uploaded(LARGE, (reply,))
    assert isinstance(second, HttpCall)
    assert (second.method, second.url, second.auth) == ("PUT", place["upload_url"], "none")
    assert second.body == RawBody(LARGE.data, "image/jpeg")
    assert fal.uploaded(LARGE, (reply, HttpReply(200, {}, b""))) == place["file_url"]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"file_url": "https://x"}', b'{"upload_url": 3}'])
def test_an_upload_without_a_place_is_malformed(body: bytes):
    with pytest.raises(Malformed):
        Fal().uploaded(LARGE, (HttpReply(200, {}, body),))


def test_a_hosted_picture_is_named_by_its_address():
    hosted = replace(order(LARGE), hosted={LARGE.digest: "https://v3b.fal.media/files/b/x.jpeg"})
    body: Any = Fal().submit(hosted).body
    assert body.value["image_urls"] == ["https://v3b.fal.media/files/b/x.jpeg"]


def test_an_option_of_another_endpoint_is_refused():
    with pytest.raises(UserError) as caught:
        Fal().submit(replace(order(LARGE), options=Options(raw=True)))
    assert caught.value.field == "options.raw"


# Hooks


class Signer:
    """fal, as far as it signs."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
        keys = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]}
        self.keys = HttpReply(200, {}, json.dumps(keys).encode())

    def hook(self, body: bytes = b'{"status": "OK"}', at: datetime = NOW, task: str = "t-1") -> Hook:
        stamp = str(int(at.timestamp()))
        message = "\n".join([task, "u-1", stamp, hashlib.sha256(body).hexdigest()])
        headers = {
            "x-fal-webhook-request-id": task,
            "x-fal-webhook-user-id": "u-1",
            "x-fal-webhook-timestamp": stamp,
            "x-fal-webhook-signature": self._key.sign(message.encode()).hex(),
        }
        return Hook(headers, body)


def test_a_genuine_hook_names_its_task():
    signer = Signer()
    assert Fal().verify(signer.hook(), signer.keys, NOW) == "t-1"
    late = NOW + timedelta(seconds=299)
    assert Fal().verify(signer.hook(), signer.keys, late) == "t-1"


def forgeries() -> dict[str, tuple[Hook, HttpReply, datetime]]:
    signer = Signer()
    hook = signer.hook()

    def told(**headers: str) -> Hook:
        named = {f"x-fal-webhook-{name.replace('_', '-')}": value for name, value in headers.items()}
        return replace(hook, headers={**hook.headers, **named})

    def served(keys: str) -> HttpReply:
        return HttpReply(200, {}, keys.encode())

    return {
        "another body": (replace(hook, body=b"{}"), signer.keys, NOW),
        "another task": (told(request_id="t-2"), signer.keys, NOW),
        "another key": (hook, Signer().keys, NOW),
        "too old": (hook, signer.keys, NOW + timedelta(seconds=301)),
        "from the future": (hook, signer.keys, NOW - timedelta(seconds=301)),
        "no time": (told(timestamp="noon"), signer.keys, NOW),
        "no signature": (replace(hook, headers={}), signer.keys, NOW),
        "no hexadecimal": (told(signature="?"), signer.keys, NOW),
        "no keys": (hook, served("{}"), NOW),
        "keys that are no JSON": (hook, served("keys"), NOW),
        "keys that are none": (hook, served('{"keys": [{"x": "A*"}, {"x": "AAAA"}, {}, 3]}'), NOW),
    }


FORGERIES = forgeries()


@pytest.mark.parametrize("what", FORGERIES)
def test_a_forged_hook_is_refused(what: str):
    with pytest.raises(Refused) as caught:
        Fal().verify(*FORGERIES[what])
    assert caught.value.stage is Stage.PERMISSION


class Line:
    """A transport that only serves public keys, and counts."""

    def __init__(self, *answers: HttpReply) -> None:
        self.answers = list(answers)

    async def send(self, call: HttpCall, *_: object) -> HttpReply:
        assert call.url == "/.well-known/jwks.json"
        return self.answers.pop(0)


class Woken:
    """A driver that only hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def wake(self, provider: str, task: str) -> bool:
        self.heard.append((provider, task))
        return True


class Noon:
    def now(self) -> datetime:
        return NOW


def bell(*answers: HttpReply) -> tuple[Any, Woken]:
    makers = assemble(Settings(environ={"FAL_KEY": Secret("id:secret").reveal()})).makers
    woken: Any = Woken()
    line: Any = Line(*answers)
    noon: Any = Noon()
    return Bell(makers, woken, line, noon), woken


async def test_a_hook_wakes_the_poll_and_keys_are_fetched_once():
    signer = Signer()
    ringing, woken = bell(signer.keys)
    assert await ringing.ring("fal", signer.hook())
    assert await ringing.ring("fal", signer.hook(task="t-2"))
    assert woken.heard == [("fal", "t-1"), ("fal", "t-2")]


async def test_keys_that_changed_are_fetched_anew():
    older, newer = Signer(), Signer()
    ringing, woken = bell(older.keys, newer.keys)
    assert await ringing.ring("fal", older.hook())
    assert await ringing.ring("fal", newer.hook(task="t-2"))
    assert len(woken.heard) == 2


async def test_a_stranger_wakes_nobody():
    ringing, woken = bell(Signer().keys)
    with pytest.raises(Refused):
        await ringing.ring("fal", Signer().hook())
    assert not woken.heard


async def test_who_never_calls_is_not_heard():
    ringing, _ = bell()
    with pytest.raises(UserError):
        await ringing.ring("limner", Hook({}, b""))


def test_a_submit_says_where_to_call():
    call = Fal().submit(replace(order(LARGE), hook="https://images.example.com/hooks/fal"))
    assert call.query == (("fal_webhook", "https://images.example.com/hooks/fal"),)
