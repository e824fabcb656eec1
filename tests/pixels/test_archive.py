"""Archives are counted and weighed before anything is inflated."""

import struct
from io import BytesIO
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.core.errors import ImageProcessing
from limner.core.pictures import Size
from limner.pixels.archive import ArchiveLimits, read_archive
from limner.pixels.limits import Limits
from limner.pixels.raster import decode
from tests.pixels.samples import make

PICTURE = make("PNG/RGB", Size(8, 8), 1)


def packed(files: dict[str, bytes], how: int = ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", how) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return out.getvalue()


def refused(data: bytes, **options) -> str:
    with pytest.raises(ImageProcessing) as caught:
        read_archive(data, **options)
    assert caught.value.remedy
    return caught.value.code


@pytest.mark.row("A1")
@pytest.mark.parametrize("how", [ZIP_STORED, ZIP_DEFLATED])
def test_pictures_come_out_in_their_order(how):
    members = read_archive(packed({"image_1.png": PICTURE, "image_0.png": PICTURE, "folder/": b""}, how))
    assert [member.name for member in members] == ["image_1.png", "image_0.png"]
    assert decode(members[0].data).size == Size(8, 8)


def test_no_name_points_outside():
    names = ["../../etc/passwd", "/etc/shadow", "C:\\windows\\system.ini", "a/b/c.png", ".."]
    members = read_archive(packed(dict.fromkeys(names, PICTURE)))
    assert [member.name for member in members] == ["passwd", "shadow", "system.ini", "c.png", ".."]


def test_bombs_are_refused_before_they_go_off():
    bomb = packed({"bomb.png": bytes(50_000_000)})
    assert len(bomb) < 100_000
    assert refused(bomb) == "too_many_bytes"
    assert refused(packed({"a.png": PICTURE}), limits=Limits(most_bytes=10)) == "too_many_bytes"
    many = packed({f"{index}.png": PICTURE for index in range(30)}, ZIP_STORED)
    assert refused(many, archive=ArchiveLimits(most_bytes=20 * len(PICTURE))) == "too_many_bytes"
    assert refused(many, archive=ArchiveLimits(most_members=29)) == "too_many_members"


def test_a_directory_without_end_is_not_read():
    plain = packed({"a.png": PICTURE})
    lying = bytearray(plain)
    struct.pack_into("<I", lying, len(plain) - 22 + 12, 1 << 30)
    assert refused(bytes(lying)) == "too_many_members"


def test_a_directory_that_lies_about_a_size_is_found_out():
    plain = packed({"a.png": PICTURE}, ZIP_STORED)
    for claimed in (len(PICTURE) - 1, len(PICTURE) + 1):
        lying = bytearray(plain)
        at = plain.rfind(b"PK\x01\x02")
        struct.pack_into("<I", lying, at + 24, claimed)
        assert refused(bytes(lying)) == "damaged_archive"


def test_what_is_not_plain_is_refused_by_name():
    assert refused(b"hello") == "not_an_archive"
    assert refused(PICTURE + packed({})) == "not_an_archive"
    assert refused(packed({"a.png": PICTURE}, ZIP_BZIP2)) == "unsupported_archive"
    encrypted = bytearray(packed({"a.png": PICTURE}))
    encrypted[encrypted.rfind(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(encrypted)) == "encrypted_archive"
    plain = packed({"a.png": PICTURE})
    assert refused(plain[:-22] + b"PK\x06\x07" + bytes(16) + plain[-22:]) == "unsupported_archive"


@given(st.data())
def test_a_bent_archive_is_refused_in_words_or_read(data):
    bent = bytearray(packed({"a.png": PICTURE, "b.png": PICTURE}))
    for _ in range(data.draw(st.integers(1, 6))):
        bent[data.draw(st.integers(0, len(bent) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(bent)))
    try:
        members = read_archive(bytes(bent[:cut]))
    except ImageProcessing as error:
        codes = {error.code}
    else:
        codes = {"read" for _ in members}
    assert codes <= {
        "read", "not_an_archive", "damaged_archive", "encrypted_archive", "unsupported_archive",
        "too_many_members", "too_many_bytes",
    }  # fmt: skip
