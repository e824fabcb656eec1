"""`limner verify`: where a picture comes from, and whether that holds."""

from pathlib import Path

import pytest

from tests.cli.conftest import Limner
from tests.support.certificates import chain

SKETCH = ("generate", "a pear", "--model", "limner/sketch", "--size", "64x64", "-o", "pear.png")


@pytest.fixture
def signed(limner: Limner, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A picture that Limner made and signed; its authority is trusted."""
    key, certificates, root = chain()
    (folder / "key.pem").write_bytes(key)
    (folder / "certificate.pem").write_bytes(certificates)
    (folder / "root.pem").write_text(root)
    monkeypatch.setenv("LIMNER_SIGNING_KEY", "key.pem")
    monkeypatch.setenv("LIMNER_SIGNING_CERTIFICATE", "certificate.pem")
    monkeypatch.setenv("LIMNER_TRUST_ANCHORS", "root.pem")
    assert limner(*SKETCH).code == 0
    return folder / "pear.png"


@pytest.mark.row("P10")
def test_what_limner_signed_is_told_in_words(limner: Limner, signed: Path, monkeypatch: pytest.MonkeyPatch):
    ran = limner("verify", signed.name)
    assert ran.code == 0
    assert [line.rstrip() for line in ran.out.splitlines()][:2] == [
        "pear.png",
        "  The record holds, and is signed by Signer, who is trusted here.",
    ]
    made = "made by a procedure, without training data: generate by limner/sketch (Signer, with Limner)"
    assert made in " ".join(ran.out.split())
    monkeypatch.delenv("LIMNER_TRUST_ANCHORS")
    known = limner("verify", signed.name, "--json").json
    assert (known["file"], known["standing"], known["signer"]) == ("pear.png", "untrusted", "Signer")
    assert (known["chain"], known["problems"]) == ([made], [])


@pytest.mark.row("P10")
def test_a_changed_file_does_not_hold_and_says_so(limner: Limner, signed: Path):
    data = bytearray(signed.read_bytes())
    data[-40] ^= 1  # within the compressed pixels
    signed.write_bytes(data)
    ran = limner("verify", signed.name)
    assert ran.code == 1
    assert "was changed after it was signed" in ran.out
    assert "assertion.dataHash.mismatch" in ran.out


def test_many_files_each_have_their_answer(
    limner: Limner, signed: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("LIMNER_SIGNING_KEY", "LIMNER_SIGNING_CERTIFICATE"):
        monkeypatch.delenv(name)
    assert limner(*SKETCH[:-1], "plain.png").code == 0
    (folder / "notes.txt").write_text("no picture")
    ran = limner("verify", "plain.png", "notes.txt", signed.name, "-", "--json", stdin=signed.read_bytes())
    assert ran.code == 1
    assert [(line["file"], line.get("standing")) for line in ran.lines] == [
        ("plain.png", "none"),
        ("notes.txt", None),
        ("pear.png", "trusted"),
        ("stdin", "trusted"),
    ]
    assert ran.lines[1]["error"]["billed"] == "no"


def test_anchors_that_cannot_be_read_are_named(limner: Limner, signed: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIMNER_TRUST_ANCHORS", "nowhere.pem")
    ran = limner("verify", signed.name)
    assert ran.code == 1
    assert "LIMNER_TRUST_ANCHORS" in ran.err
