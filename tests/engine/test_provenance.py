"""Promise 10: a record of origin is kept, becomes an ingredient, or is written; and it is told truly."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from limner.assembly import Assembly, assemble
from limner.core.errors import UserError
from limner.core.notes import NoteKind
from limner.core.operations import Operation
from limner.core.pictures import Format, Mask, Picture, Size
from limner.core.requests import Request
from limner.core.results import Result
from limner.engine.origin import Provenance
from limner.pixels.provenance.explain import Report, Standing, explain
from limner.pixels.provenance.manifest import SigningKey
from limner.pixels.provenance.record import Origin, embedded
from limner.pixels.provenance.source import DigitalSource
from limner.pixels.settings_text import read_settings
from limner.sandbox.codecs import encode
from limner.sandbox.codecs.painting import Painting
from limner.sandbox.server import RunningSandbox, running_sandbox
from limner.settings import Settings
from tests.support.certificates import chain, self_signed

KEY, CERTIFICATES, ROOT = chain()
*VENDORS, VENDORS_ROOT = chain("P-384", signer="OpenAI")
MADE = Origin(DigitalSource.TRAINED, Operation.GENERATE, "openai/painted")
VENDOR = "openai/gpt-image-2.5-sunburst"
SKETCH = Request(Operation.GENERATE, prompt="a pear", model="limner/sketch", size=Size(96, 96), seed=3)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    key.write_bytes(KEY)
    certificate.write_bytes(CERTIFICATES)
    return Settings(environ={}, signing_key=key, signing_certificate=certificate)


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(rates={"openai": 100_000}) as sandbox:
        yield sandbox


@pytest.fixture
def delivered() -> list[bytes]:
    """What left the emulator."""
    return []


@pytest.fixture
def signing(
    running: RunningSandbox, delivered: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> RunningSandbox:
    """OpenAI, which signs what it makes, as the real one does."""
    key = SigningKey(*VENDORS)
    running.reset()

    def signed(painting: Painting, form: str) -> bytes:
        delivered.append(key.sign(encode(painting, form), f"image/{form}", MADE))
        return delivered[-1]

    monkeypatch.setattr("limner.sandbox.openai.painting.encode", signed)
    return running


def at(sandbox: RunningSandbox, settings: Settings) -> Settings:
    environ = {"OPENAI_API_KEY": sandbox.key("openai"), "OPENAI_BASE_URL": sandbox.url("openai")}
    return settings.model_copy(update={"environ": environ})


def read(result: Result, *, anchors: str | None = ROOT) -> Report:
    return explain(result.images[0].picture.data, anchors=anchors)


def said(result: Result) -> str:
    return " ".join(note.text for note in result.notes if note.kind is NoteKind.PROVENANCE)


@pytest.mark.row("P10")
@pytest.mark.parametrize("wanted", [Format.PNG, Format.JPEG, Format.WEBP, Format.AVIF])
async def test_what_is_made_is_signed(settings: Settings, wanted: Format):
    async with assemble(settings) as limner:
        result = await limner.engine.run(SKETCH.replace(format=wanted))
    report = read(result)
    assert (report.standing, report.signer) == (Standing.TRUSTED, "Signer")
    assert "without training data: generate by limner/sketch" in report.chain[0]
    assert read(result, anchors=None).standing is Standing.UNTRUSTED
    assert "Signed" in said(result)


@pytest.mark.row("P10")
async def test_an_edited_picture_names_its_parent_with_the_parents_record(settings: Settings):
    key = SigningKey(KEY, CERTIFICATES)
    photo = png(np.random.default_rng(1).integers(0, 256, (80, 120, 3), np.uint8))
    signed = key.sign(photo, "image/png", MADE)
    levels = np.zeros((80, 120), np.uint8)
    levels[20:40, 30:50] = 255
    request = Request(
        Operation.ERASE,
        images=(Picture(signed),),
        mask=Mask(Picture(png(levels))),
        model="limner/heal",
    )
    async with assemble(settings) as limner:
        result = await limner.engine.run(request)
    report = read(result)
    assert report.standing is Standing.TRUSTED
    assert "edited" in " ".join(report.chain)
    assert any("generate by openai/painted" in step for step in report.chain)
    assert result.images[0].measured.changed_outside_mask == 0


@pytest.mark.row("P10")
@pytest.mark.parametrize("with_key", [True, False])
async def test_what_the_provider_signed_is_delivered_byte_for_byte(
    settings: Settings, signing: RunningSandbox, delivered: list[bytes], with_key: bool
):
    settings = settings if with_key else Settings(environ={})
    request = Request(Operation.GENERATE, prompt="a pear", model=VENDOR, size=Size(1024, 1024))
    async with assemble(at(signing, settings)) as limner:
        result = await limner.engine.run(request)
    assert [result.images[0].picture.data] == delivered
    report = read(result, anchors=VENDORS_ROOT)
    assert (report.standing, report.signer) == (Standing.TRUSTED, "OpenAI")
    assert "untouched" in said(result)


@pytest.mark.row("P10")
async def test_a_changed_picture_names_the_parent_the_vendors_picture_and_all_that_was_looked_at(
    settings: Settings, signing: RunningSandbox
):
    photo = png(np.random.default_rng(1).integers(0, 256, (256, 320, 3), np.uint8))
    levels = np.zeros((256, 320), np.uint8)
    levels[64:128, 64:128] = 255
    request = Request(
        Operation.EDIT,
        prompt="a hat",
        images=(Picture(SigningKey(KEY, CERTIFICATES).sign(photo, "image/png", MADE)), Picture(photo)),
        mask=Mask(Picture(png(levels))),
        model=VENDOR,
    )
    async with assemble(at(signing, settings)) as limner:
        result = await limner.engine.run(request)
    report = explain(result.images[0].picture.data, anchors=ROOT + VENDORS_ROOT)
    assert report.standing is Standing.TRUSTED
    assert result.images[0].measured.changed_outside_mask == 0
    told = [step.strip() for step in report.chain]
    given, painted, looked_at = (
        next(place for place, step in enumerate(told) if step.startswith(f"from {what}"))
        for what in ("the picture given", "the picture as the painter delivered it", "a picture the painter")
    )
    assert f"with a generative model: edit by {VENDOR}" in told[1]
    assert told[given + 1] == "made by a generative model: generate by openai/painted (Signer, with Limner)"
    assert told[painted + 1].endswith("(OpenAI, with Limner)")
    assert told[looked_at].endswith("which has no record")


@pytest.mark.row("P10")
async def test_without_a_key_a_record_that_is_lost_is_announced(signing: RunningSandbox):
    request = Request(Operation.GENERATE, prompt="a pear", model=VENDOR, size=Size(512, 512))
    async with assemble(at(signing, Settings(environ={}))) as limner:
        result = await limner.engine.run(request)
    assert result.images[0].measured.size == Size(512, 512)
    assert read(result).standing is Standing.NONE
    assert "is not carried on" in said(result)


@pytest.mark.row("P10")
async def test_a_picture_changed_after_signing_does_not_hold(settings: Settings):
    async with assemble(settings) as limner:
        result = await limner.engine.run(SKETCH)
    data = bytearray(result.images[0].picture.data)
    data[-30] ^= 1  # within the last pixels
    report = explain(bytes(data), anchors=ROOT)
    assert report.standing is Standing.INVALID
    assert "does not hold" in report.summary


@pytest.mark.row("P10")
async def test_without_a_key_nothing_is_signed_and_one_note_says_so():
    async with assemble(Settings(environ={})) as limner:
        result = await limner.engine.run(SKETCH.replace(format=Format.JPEG, n=3))
    assert read(result).standing is Standing.NONE
    assert said(result) == "Not signed: no signing key is set up."


@pytest.mark.row("P10")
async def test_without_a_key_what_passes_through_needs_no_note(running: RunningSandbox):
    running.reset()
    request = Request(Operation.GENERATE, prompt="a pear", model=VENDOR, size=Size(1024, 1024))
    async with assemble(at(running, Settings(environ={}))) as limner:
        assert said(await limner.engine.run(request)) == ""


@pytest.mark.row("P10")
@pytest.mark.parametrize(("model", "wanted"), [("limner/icon", Format.SVG), (VENDOR, Format.GIF)])
async def test_what_cannot_carry_a_record_says_so(
    settings: Settings, running: RunningSandbox, model: str, wanted: Format
):
    running.reset()
    request = Request(Operation.GENERATE, prompt="a pear", model=model, format=wanted)
    async with assemble(at(running, settings)) as limner:
        result = await limner.engine.run(request)
    assert result.images[0].picture.media_type == wanted.media_type
    assert said(result) == f"Not signed: {wanted.value.upper()} cannot carry a record of origin here."


@pytest.mark.row("P10")
async def test_a_certificate_that_is_of_no_use_costs_nobody_a_picture(tmp_path: Path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    for path, data in zip((key, certificate), self_signed(), strict=True):
        path.write_bytes(data)
    settings = Settings(environ={}, signing_key=key, signing_certificate=certificate)
    async with assemble(settings) as limner:
        result = await limner.engine.run(SKETCH)
    assert result.images[0].measured.size == SKETCH.size
    assert read(result).standing is Standing.NONE
    assert "Not signed: The picture could not be signed" in said(result)


@pytest.mark.row("P10")
async def test_a_certificate_that_nobody_vouches_for_is_labelled(settings: Settings, tmp_path: Path):
    async with assemble(settings) as limner:
        assert "untrusted: nobody in LIMNER_TRUST_ANCHORS" in said(await limner.engine.run(SKETCH))
    anchors = tmp_path / "root.pem"
    anchors.write_text(ROOT)
    async with assemble(settings.model_copy(update={"trust_anchors": anchors})) as limner:
        result = await limner.engine.run(SKETCH)
    assert said(result) == "Signed by Signer as algorithmicMedia."


async def test_the_type_of_source_is_named_without_a_key_too():
    async with assemble(Settings(environ={})) as limner:
        result = await limner.engine.run(SKETCH.replace(format=Format.JPEG, compression=80))
    assert b"digitalsourcetype/algorithmicMedia" in result.images[0].picture.data


@pytest.mark.row("P10")
def test_somebody_elses_record_is_recognised_and_announced():
    key = SigningKey(KEY, CERTIFICATES)
    photo = png(np.zeros((8, 8, 3), np.uint8))
    signed = key.sign(photo, "image/png", MADE)
    assert embedded(signed, "image/png")
    assert not embedded(photo, "image/png")
    assert len(signed) - len(photo) < 20_000  # no thumbnail
    assert not Provenance(key).signs(signed, "image/png")
    note = Provenance(key).passed(signed, "image/png")
    assert note is not None
    assert "untouched" in note.text


def test_half_a_key_is_an_error(settings: Settings):
    half = settings.model_copy(update={"signing_certificate": None})
    with pytest.raises(UserError) as raised:
        assemble(half)
    assert raised.value.code == "invalid_signing_key"


def test_a_key_that_is_none_is_an_error():
    with pytest.raises(UserError) as raised:
        SigningKey(b"nothing", CERTIFICATES)
    assert "LIMNER_SIGNING_KEY" in raised.value.remedy


async def test_a_visible_label_is_painted_into_the_corner():
    settings = Settings(environ={}, visible_label="Made by a machine")
    async with assemble(settings) as labelled, assemble(Settings(environ={})) as plain:
        one, other = [await pixels(limner) for limner in (labelled, plain)]
    changed = (one != other).any(axis=-1)
    assert changed[-12:, -20:].any()
    assert not changed[:48].any()


async def pixels(limner: Assembly) -> np.ndarray:
    result = await limner.engine.run(SKETCH)
    return np.asarray(Image.open(io.BytesIO(result.images[0].picture.data)).convert("RGB"))


LOADED = """
import sys
from limner.assembly import assemble
from limner.settings import Settings
assemble(Settings(environ={}))
print(*{name.partition(".")[0] for name in sys.modules})
"""


def test_who_signs_nothing_loads_nothing_that_signs():
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, check=True, text=True)
    assert not {"c2pa", "cryptography"} & set(done.stdout.split())


@pytest.mark.row("P10")
@pytest.mark.parametrize("with_key", [True, False])
async def test_settings_are_not_written_over_a_record_of_the_provider(
    settings: Settings, signing: RunningSandbox, delivered: list[bytes], with_key: bool
):
    if not with_key:
        settings = settings.model_copy(update={"signing_key": None, "signing_certificate": None})
    request = Request(
        Operation.GENERATE, prompt="a pear", model=VENDOR, size=Size(1024, 1024), embed_settings=True
    )
    async with assemble(at(signing, settings)) as limner:
        result = await limner.engine.run(request)
    assert [image.picture.data for image in result.images] == delivered
    assert any("record of origin would not hold" in note.text for note in result.notes)


@pytest.mark.row("P10")
async def test_settings_are_written_before_the_signature(settings: Settings):
    async with assemble(settings) as limner:
        result = await limner.engine.run(SKETCH.replace(embed_settings=True))
    written = read_settings(result.images[0].picture.data)
    assert written is not None
    assert written.prompt == "a pear"
    assert read(result).standing is Standing.TRUSTED
