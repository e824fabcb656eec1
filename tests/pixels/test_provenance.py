"""Signing and explaining: every key, every format, every tampering; checked with the official reader."""

import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import c2pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from limner.core.errors import ImageProcessing, UserError
from limner.core.operations import Operation
from limner.pixels.provenance import words
from limner.pixels.provenance.explain import Standing, explain
from limner.pixels.provenance.manifest import SigningKey
from limner.pixels.provenance.record import SIGNABLE, Origin, embedded
from limner.pixels.provenance.source import DigitalSource
from tests.support.certificates import KINDS, chain, pem, private, self_signed

KEY, CERTIFICATES, ROOT = chain()
SIGNER = SigningKey(KEY, CERTIFICATES, anchors=ROOT)
MADE = Origin(DigitalSource.TRAINED, Operation.GENERATE, "openai/painted")
REMOTE = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
xmlns:dcterms="http://purl.org/dc/terms/" dcterms:provenance="{url}"/>
</rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def file(kind: str, colour: str = "teal", **options: Any) -> bytes:
    picture = Image.new("RGB", (48, 32), colour)
    picture.paste(Image.linear_gradient("L").resize((24, 32)), (12, 0))
    picture.save(out := io.BytesIO(), kind, **options)
    return out.getvalue()


def official(data: bytes, media_type: str, anchors: str = ROOT) -> str:
    """What the official reader says of a file."""
    settings = c2pa.Settings.from_dict(
        {"verify": {"verify_trust": True}, "trust": {"trust_anchors": anchors}}
    )
    with c2pa.Reader(media_type, io.BytesIO(data), context=c2pa.Context(settings)) as reader:
        return str(reader.get_validation_state())


@pytest.mark.row("P10")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("media_type", sorted(SIGNABLE))
def test_every_key_signs_every_format(kind: str, media_type: str):
    key, certificates, root = chain(kind)
    data = file(media_type.partition("/")[2].upper())
    signed = SigningKey(key, certificates).sign(data, media_type, MADE)
    assert official(signed, media_type, root) == "Trusted"
    assert explain(signed, anchors=root).standing is Standing.TRUSTED
    assert explain(signed, anchors=ROOT).standing is Standing.UNTRUSTED
    before, after = (Image.open(io.BytesIO(each)).convert("RGBA") for each in (data, signed))
    assert before.tobytes() == after.tobytes()


@pytest.mark.row("P10")
@pytest.mark.parametrize("media_type", sorted(SIGNABLE))
def test_any_changed_byte_of_the_picture_is_found(media_type: str):
    data = file(media_type.partition("/")[2].upper())
    signed = SIGNER.sign(data, media_type, MADE)
    changed = bytearray(signed)
    place = signed.rindex(data[-20:-8])  # the end of the picture itself
    changed[place + 3] ^= 0x10
    report = explain(bytes(changed), anchors=ROOT)
    assert report.standing is Standing.INVALID
    assert "does not hold" in report.summary
    assert "the picture was changed after it was signed" in {each.text for each in report.problems}
    assert official(bytes(changed), media_type) == "Invalid"


@pytest.mark.row("P10")
def test_a_changed_record_is_found():
    signed = SIGNER.sign(file("PNG"), "image/png", MADE)
    forged = signed.replace(b"openai/painted", b"camera/capture")
    report = explain(forged, anchors=ROOT)
    assert report.standing is Standing.INVALID
    assert "the record itself was changed after it was signed" in {each.text for each in report.problems}


@pytest.mark.row("P10")
def test_every_picture_that_went_in_is_an_ingredient_of_the_right_kind():
    parent = SIGNER.sign(file("JPEG"), "image/jpeg", replace(MADE, model="openai/first"))
    painted = SIGNER.sign(file("PNG", "navy"), "image/png", replace(MADE, model="openai/second"))
    origin = Origin(
        DigitalSource.COMPOSITE,
        Operation.INPAINT,
        "openai/painted",
        parent=parent,
        painted=painted,
        inputs=(file("WEBP", "red"), file("GIF", "lime")),
    )
    signed = SIGNER.sign(file("PNG", "gold"), "image/png", origin)
    assert official(signed, "image/png") == "Trusted"
    report = explain(signed, anchors=ROOT)
    by = "(Signer, with Limner)"
    assert report.chain == (
        "opened (Signer, with Limner)",
        f"edited from a given picture, with a generative model: inpaint by openai/painted {by}",
        "another picture placed in it (Signer, with Limner)",
        "from the picture given:",
        "  made by a generative model: generate by openai/first (Signer, with Limner)",
        "from the picture as the painter delivered it:",
        "  made by a generative model: generate by openai/second (Signer, with Limner)",
        "from a picture the painter looked at, which has no record",
        "from a picture the painter looked at, which has no record",
    )
    assert [relation for relation, _ in ingredients(signed)] == [
        "parentOf",
        "componentOf",
        "inputTo",
        "inputTo",
    ]


def ingredients(signed: bytes) -> list[tuple[str, str]]:
    with c2pa.Reader("image/png", io.BytesIO(signed)) as reader:
        store = json.loads(reader.json())
    active = store["manifests"][store["active_manifest"]]
    return [(each["relationship"], each["title"]) for each in active["ingredients"]]


@pytest.mark.row("P10")
def test_a_parent_that_did_not_hold_is_named_as_such():
    parent = bytearray(SIGNER.sign(file("PNG"), "image/png", MADE))
    parent[-20] ^= 1
    origin = Origin(DigitalSource.ENHANCED, Operation.ERASE, "limner/heal", parent=bytes(parent))
    report = explain(SIGNER.sign(file("PNG", "red"), "image/png", origin), anchors=ROOT)
    assert report.standing is Standing.TRUSTED  # what Limner says of it is true
    told = (
        "from the picture given, whose own record did not hold (the picture was changed after it was signed):"
    )
    assert told in report.chain


def test_a_record_that_many_name_is_told_once():
    data = SIGNER.sign(file("PNG"), "image/png", MADE)
    for _ in range(5):  # both name the same picture: 2⁵ lines where each were told again
        origin = Origin(
            DigitalSource.COMPOSITE, Operation.EDIT, "openai/painted", parent=data, inputs=(data, data)
        )
        data = SIGNER.sign(file("PNG"), "image/png", origin)
    chain = explain(data, anchors=ROOT).chain
    assert len(chain) < 30
    assert "as above" in " ".join(chain)


def test_names_of_strangers_cannot_write_to_a_terminal():
    key, certificates, _ = chain(signer="Nice \x1b[31mpeople" + "x" * 40)
    origin = replace(MADE, model="a\x1b]0;title\x07" + "y" * 5000)
    report = explain(SigningKey(key, certificates).sign(file("PNG"), "image/png", origin))
    assert report.signer is not None
    assert (report.signer + "".join(report.chain)).isprintable()
    assert len(report.chain[0]) < 1000


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """An address, and what was fetched from it."""
    fetched: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fetched.append(self.path)
            self.send_error(404)

        def log_message(self, *args: object) -> None:
            del args

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/record.c2pa", fetched
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_in_a_file_is_never_fetched(elsewhere: tuple[str, list[str]]):
    """Whoever hands in a picture must not make this machine call its neighbours."""
    url, fetched = elsewhere
    data = file("JPEG", xmp=REMOTE.format(url=url).encode())
    assert explain(data).standing is Standing.ELSEWHERE
    assert "not fetched" in explain(data).summary
    assert embedded(data, "image/jpeg")
    origin = Origin(DigitalSource.ENHANCED, Operation.ERASE, "limner/heal", parent=data)
    signed = SIGNER.sign(file("PNG"), "image/png", origin)
    assert "from the picture given, whose record could not be had" in explain(signed, anchors=ROOT).chain
    assert fetched == []


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "PNG", "WEBP", "AVIF", "JPEG"])
def test_a_file_without_a_record_says_so(kind: str):
    assert explain(file(kind)).standing is Standing.NONE


def test_a_drawing_without_a_record_says_so():
    assert (
        explain(b"<svg xmlns='http://www.w3.org/2000/svg' width='4' height='4'/>").standing is Standing.NONE
    )


def test_what_is_no_picture_is_refused():
    with pytest.raises(ImageProcessing):
        explain(b"hello", name="cat.png")


SIGNED = SIGNER.sign(file("PNG"), "image/png", MADE)
_AT = SIGNED.index(b"caBX") - 4
RECORD = set(range(_AT, _AT + 12 + int.from_bytes(SIGNED[_AT : _AT + 4], "big")))
"""Where the record lies in the file."""


@given(st.dictionaries(st.integers(0, len(SIGNED) - 1), st.integers(1, 255), min_size=1, max_size=8))
def test_no_change_makes_it_say_anything_else(changes: dict[int, int]):
    data = bytearray(SIGNED)
    for place, change in changes.items():
        data[place] ^= change
    try:
        report = explain(bytes(data), anchors=ROOT)
    except ImageProcessing:
        return  # it is no picture any more
    if report.standing is Standing.TRUSTED:  # the signature has room that nothing covers
        assert report == explain(SIGNED, anchors=ROOT)
        assert changes.keys() <= RECORD


@given(st.integers(0, len(SIGNED) - 1))
def test_no_truncation_is_told_as_good(length: int):
    try:
        report = explain(SIGNED[:length], anchors=ROOT)
    except ImageProcessing:
        return
    assert report.standing in {Standing.INVALID, Standing.NONE}


def test_a_key_says_how_its_pictures_will_be_read():
    assert SIGNER.standing.standing is Standing.TRUSTED
    assert SigningKey(KEY, CERTIFICATES).standing.standing is Standing.UNTRUSTED


@pytest.mark.parametrize("made", [self_signed, lambda: (KEY, chain()[1])], ids=["self-signed", "another's"])
def test_a_certificate_that_is_not_made_for_this_is_refused_when_signing(made):
    key, certificates = made()
    with pytest.raises(ImageProcessing) as raised:
        SigningKey(key, certificates).sign(file("PNG"), "image/png", MADE)
    assert raised.value.code == "not_signed"
    assert "certificate" in raised.value.remedy


@pytest.mark.parametrize("key", [b"nothing", pem(private("RSA"))], ids=["no PEM", "RSA"])
def test_a_key_that_is_of_no_use_is_an_error(key: bytes):
    with pytest.raises(UserError) as raised:
        SigningKey(key, CERTIFICATES)
    assert "LIMNER_SIGNING_KEY" in raised.value.remedy


def test_our_words_for_sources_are_in_the_vocabulary():
    """The official library has IPTC's terms in its own list of source types."""
    known = {name.replace("_", "").lower() for name in c2pa.C2paDigitalSourceType.__members__}
    assert {source.value.lower() for source in DigitalSource} <= known
    assert {source.value for source in DigitalSource} <= set(words.SOURCES)
