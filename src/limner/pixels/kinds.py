"""Which kind of file the bytes are. Bytes decide; names and claimed media types never do."""

from enum import StrEnum
from typing import Final

from limner.core.pictures import Format
from limner.pixels.svg import is_svg


class Kind(StrEnum):
    """The kinds of picture that can be read."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    AVIF = "avif"
    GIF = "gif"
    TIFF = "tiff"
    HEIC = "heic"
    SVG = "svg"
    """A drawing: passed on, never decoded."""

    @property
    def media_type(self) -> str:
        """The MIME type."""
        return "image/svg+xml" if self is Kind.SVG else f"image/{self.value}"

    @property
    def written_as(self) -> Format | None:
        """The format it is written in. `None`: it is read and not written."""
        return None if self in {Kind.TIFF, Kind.HEIC} else Format(self.value)


_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"II*\x00", Kind.TIFF),
    (b"MM\x00*", Kind.TIFF),
)
_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"heif"})
_EITHER_BRANDS: Final = frozenset({b"mif1", b"msf1", b"miaf"})

_OTHERS: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"BM", "a BMP"),
    (0, b"%PDF-", "a PDF"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"\xff\x0a", "a JPEG XL"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000"),
    (0, b"\x00\x00\x01\x00", "an icon file"),
    (0, b"qoif", "a QOI"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"\x1aE\xdf\xa3", "a video"),
    (4, b"ftyp", "a video"),
    (8, b"AVI ", "a video"),
)

_PAGE: Final = "a web page"


def kind_of(data: bytes) -> Kind | None:
    """Recognise a picture by its first bytes.

    Args:
        data: the file, or at least its first 64 bytes.

    Returns:
        The kind, or `None` when it is none that can be read.

    Example:
        >>> kind_of(b"GIF89a") is Kind.GIF, kind_of(b"hello") is None
        (True, True)
    """
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Kind.WEBP
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    return None


def _by_brand(data: bytes) -> Kind | None:
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = [data[8:12], *(data[at : at + 4] for at in range(16, length, 4))]
    if brands[0] not in _AVIF_BRANDS | _HEIC_BRANDS | _EITHER_BRANDS:
        return None
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return Kind.AVIF
        if brand in _HEIC_BRANDS:
            return Kind.HEIC
    return None


def is_file(data: bytes) -> bool:
    """Whether bytes are a file of some kind, readable or not, and no web page, noise or nothing.

    Args:
        data: the file, or at least its first kilobyte.

    Example:
        >>> is_file(b"GIF89a"), is_file(b"%PDF-1.7"), is_file(b"<html>Busy</html>"), is_file(b"")
        (True, True, False, False)
    """
    return kind_of(data) is not None or described(data) not in {None, _PAGE}


def described(data: bytes) -> str | None:
    """Say what a file that cannot be read seems to be.

    Args:
        data: the file, or at least its first kilobyte.

    Returns:
        `a PDF` and the like, or `None` when the bytes resemble nothing known.

    Example:
        >>> described(b"%PDF-1.7"), described(b"<svg xmlns='...'/>"), described(b"hello")
        ('a PDF', 'an SVG drawing', None)
    """
    for at, signature, words in _OTHERS:
        if data[at : at + len(signature)] == signature:
            return words
    if is_svg(data):
        return "an SVG drawing"
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return _PAGE
    return None
