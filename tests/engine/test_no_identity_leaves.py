"""Where a picture was taken, by whom and with which camera stays here: seen by what the vendors receive.

Every model that takes pictures is sent some, by every way it has for them. A new vendor or model is
covered by being in the registry and the catalog; without an emulator it fails here.
"""

import io
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, cast

import pybase64
import pytest
from PIL import Image
from starlette.types import Message, Receive, Scope, Send

from limner.assembly import assemble
from limner.catalog.load import load
from limner.core.errors import ProviderError, UserError
from limner.core.models import Lifecycle, Model
from limner.core.operations import NEEDS, Need, Operation
from limner.core.pictures import Mask, Picture, Reference, Role, Size
from limner.core.requests import Request
from limner.pixels.kinds import kind_of
from limner.providers import registry
from limner.sandbox.intake import Intake
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.engine.vendors import NAMED, plainest
from tests.pixels import clean_files
from tests.pixels.clean_files import FILES, SECRET
from tests.support.clock import SkippingClock

ADAPTERS = registry.load_all()
WORDS = (SECRET, b"Ada Lovelace", b"51.5098")
NAME = "Ada Lovelace, 51.5098 N.jpg"
"""People name files after people and places."""
LARGE = Size(640, 512)
TOOLS = {"emotion": {"emotion": "happy"}}
"""What a vendor's tool must be told besides."""
HARMLESS = {"icc_profile", "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "gamma", "srgb"}
"""What Pillow tells of a file and nobody can be known by."""
STRUCTURE = {"progressive", "progression", "adobe", "adobe_transform", "loop", "duration", "background"}
STRUCTURE |= {"transparency", "version", "timestamp", "interlace", "aspect"}


@dataclass(frozen=True)
class Heard:
    """One request as an emulator received it."""

    path: str
    headers: list[tuple[bytes, bytes]]
    body: bytearray = field(default_factory=bytearray)


@dataclass
class Ears:
    """Everything that arrived."""

    heard: list[Heard] = field(default_factory=list)

    def pictures(self) -> list[bytes]:
        return [data for each in self.heard for data in payloads(each) if kind_of(data)]


def payloads(heard: Heard) -> Iterator[bytes]:
    """The body, each part of a form, and whatever is base64 in them."""
    kind = dict(heard.headers).get(b"content-type", b"").decode()
    parts = [bytes(heard.body)]
    if "boundary=" in kind:
        boundary = kind.partition("boundary=")[2].strip('"').encode()
        parts = [part.partition(b"\r\n\r\n")[2][:-2] for part in parts[0].split(b"--" + boundary)]
    for part in parts:
        yield part
        yield from encoded(part)


def encoded(part: bytes) -> Iterator[bytes]:
    try:
        found: object = json.loads(part)
    except ValueError:
        found = None
    for text in strings(found):
        body = text.partition(",")[2] if text.startswith("data:") else text
        if len(body) > 64 and re.fullmatch(r"[A-Za-z0-9+/_-]+={0,2}", body):
            yield pybase64.b64decode(body.translate(str.maketrans("-_", "+/")) + "==")


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(rates=dict.fromkeys(ADAPTERS, 1_000_000), polls=0) as sandbox:
        yield sandbox


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Ears:
    """Listens at every emulator's door."""
    ears = Ears()
    answer = Intake.__call__

    async def listening(self: Intake, scope: Scope, receive: Receive, send: Send) -> None:
        heard = Heard(scope["path"], list(scope["headers"]))
        ears.heard.append(heard)  # before the answer: whoever gets it may look at once
        messages = deque[Message]()
        while not messages or messages[-1].get("more_body"):
            messages.append(await receive())
            heard.body.extend(messages[-1].get("body", b""))

        async def again() -> Message:
            return messages.popleft() if messages else await receive()

        await answer(self, scope, again, send)

    monkeypatch.setattr(Intake, "__call__", listening)
    return ears


def environ(sandbox: RunningSandbox, slug: str) -> dict[str, str]:
    profile = ADAPTERS[slug].profile
    assert profile.base_url_name, f"{slug} cannot be emulated"
    return dict.fromkeys(profile.key_names[:1], sandbox.key(slug)) | {
        profile.base_url_name: sandbox.url(slug)
    }


@cache
def private(name: str) -> Picture:
    """A picture full of what must not leave, large enough to be sent as it is where the name ends so."""
    kind, _, large = name.partition(", ")
    if not large:
        return Picture(FILES[kind](), name=NAME)
    orientation = 6 if large == "lying" else 1
    return Picture(getattr(clean_files, kind)(orientation, LARGE), name=NAME)


KINDS = ("jpeg, large", "png, large", "webp, large", "jpeg, lying", "tiff", "gif", "avif", "animated webp")


@dataclass(frozen=True)
class Way:
    """One way of sending pictures to a vendor."""

    model: Model
    operation: Operation
    role: Role | None = None
    """Of a reference that is sent along. Absent: only those that the model must have."""
    tool: str | None = None

    def __str__(self) -> str:
        return "-".join(filter(None, (self.model.id, self.operation, self.role, self.tool)))


def ways() -> Iterator[Way]:
    """One for each that differs: what decides is the vendor's adapter, and what is data."""
    seen: set[str] = set()
    for model in load().all():
        if model.provider not in ADAPTERS or model.lifecycle is Lifecycle.RETIRED:
            continue
        for operation, ability in model.abilities.items():
            fields = cast("dict[str, str]", model.wire.get("fields", {}))
            sent = sorted(fields.keys() & {"image", "images", "pictures", "mask"})
            facts = (ability.images, ability.mask, ability.through, model.mask, sorted(model.wire), sent)
            tools = model.limits.tools if operation is Operation.TOOL else (None,)
            roles = model.limits.roles if operation in {Operation.GENERATE, Operation.EDIT} else ()
            for role, tool in product((None, *roles), tools):
                data = repr((model.provider, operation, facts, role, tool, model.limits.prepared))
                if (ability.images[1] or role) and data not in seen:
                    seen.add(data)
                    yield Way(model, operation, role, tool)


WAYS = list(ways())


def asked(way: Way, turn: int) -> Request:
    """A request with pictures that tell, each of another kind."""
    kinds = [KINDS[(turn + place) % len(KINDS)] for place in range(3)]
    needs, ability = NEEDS[way.operation], way.model.abilities[way.operation]
    count = max(needs.images[0], min(ability.images[1], needs.images[1], 2 if way.role is None else 1))
    fields: dict[str, Any] = {"images": tuple(private(kind) for kind in kinds[:count])}
    if way.role is not None or way.model.limits.least_references:
        role = way.role or way.model.limits.roles[0]
        fields["references"] = (Reference(private(kinds[2]), role),)
    if needs.mask is Need.REQUIRED:
        width, height = Image.open(io.BytesIO(private(kinds[0]).data)).size
        upright = (height, width) if kinds[0].endswith("lying") else (width, height)
        fields["mask"] = Mask(Picture(mask(upright)))
    if way.tool is not None:
        fields |= {"tool": way.tool, "prompt": "", "options": TOOLS.get(way.tool, {})}
    return plainest(way.model, way.operation, **fields)


def mask(size: tuple[int, int]) -> bytes:
    levels = Image.new("L", size)
    levels.paste(255, (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    out = io.BytesIO()
    levels.save(out, "PNG", exif=clean_files.exif())
    return out.getvalue()


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_nothing_that_tells_of_people_or_places_reaches_a_vendor(
    way: Way, running: RunningSandbox, ears: Ears, tmp_path: Path
):
    running.reset()
    request = asked(way, WAYS.index(way))
    config = tmp_path / "limner.toml"
    config.write_text(NAMED, encoding="utf-8")
    settings = Settings(environ=environ(running, way.model.provider), config=config)
    refused = False
    async with assemble(settings, clock=SkippingClock()) as limner:
        try:
            await limner.engine.run(request)
        except UserError as error:
            refused = error.code == "too_many_references"
        except ProviderError:
            pass  # whatever the emulator thinks of it: it has arrived
    sent = ears.pictures()
    assert bool(sent) is not refused, "no picture arrived: this test has seen nothing"
    for heard in ears.heard:
        told = repr(heard.headers).encode() + heard.path.encode()
        for data in (told, *payloads(heard)):
            assert not [word for word in WORDS if word in data]
    for data in sent:
        clean(data)


def clean(data: bytes) -> None:
    """There is nothing in a file but its pixels, and what it takes to show them."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    assert not dict(picture.getexif())
    assert set(picture.info) <= HARMLESS | STRUCTURE, picture.info.keys()
    assert not getattr(picture, "text", None)


@pytest.mark.parametrize("kind", KINDS)
def test_the_pictures_that_are_sent_would_tell(kind: str):
    """Or the test above would prove nothing."""
    data = private(kind).data
    with pytest.raises(AssertionError):
        clean(data)
    assert SECRET in data


def test_every_vendor_is_listened_to():
    assert {way.model.provider for way in WAYS} == set(ADAPTERS)
