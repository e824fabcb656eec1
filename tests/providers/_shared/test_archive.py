"""Archives of answers: nothing is inflated beyond the limits."""

import io
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from limner.providers._shared.archive import members


def packed(*contents: bytes, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for place, content in enumerate(contents):
            archive.writestr(f"image_{place}.png", content)
    return buffer.getvalue()


@given(contents=st.lists(st.binary(max_size=50), max_size=5))
def test_what_was_packed_comes_out(contents: list[bytes]):
    assert members(packed(*contents)) == tuple(contents)


def test_names_and_folders_do_not_matter():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.mkdir("folder")
        archive.writestr("../../etc/passwd", b"a")
    assert members(buffer.getvalue()) == (b"a",)


def test_a_bomb_is_not_inflated():
    with pytest.raises(ValueError, match="too large"):
        members(packed(b"\x00" * 10_000_000), most_bytes=1_000_000)


def test_too_many_members_are_refused():
    with pytest.raises(ValueError, match="3 members"):
        members(packed(b"1", b"2", b"3"), most_members=2)


def test_a_member_that_lies_about_its_length_is_refused():
    honest = packed(b"\x00" * 1000)
    short = (10).to_bytes(4, "little")
    lying = honest.replace((1000).to_bytes(4, "little"), short)
    assert lying != honest
    with pytest.raises(ValueError, match=r"ZIP archive|as long as it says"):
        members(lying)


@given(cut=st.integers(0, 200), noise=st.binary(max_size=20))
@example(cut=41, noise=b"\x00")
def test_damage_is_an_error_and_nothing_else(cut: int, noise: bytes):
    whole = packed(b"picture" * 20)
    damaged = whole[:cut] + noise + whole[cut + len(noise) :]
    try:
        found = members(damaged)
    except ValueError:
        return
    assert all(isinstance(one, bytes) for one in found)
