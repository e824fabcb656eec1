"""Files of every kind that tell who made them, and where."""

import struct

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import ImageFileDirectory_v2
from skimage import data as photographs

from limner.core.pictures import Size
from limner.pixels.containers.png import chunk
from tests.pixels.samples import noise, saved

SECRET = b"Ada Lovelace, 51.5098 N"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:creator>" + SECRET + b"</dc:creator></x:xmpmeta>"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


SMALL = Size(64, 48)


def picture(bands: int = 3, size: Size = SMALL) -> Image.Image:
    photo = Image.fromarray(photographs.astronaut()).resize((size.width, size.height))
    if bands == 4:
        photo.putalpha(Image.fromarray(noise(size, 5)[..., 3]))
    return photo


def exif(orientation: int = 1) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = SECRET.decode()
    tags[0x8298] = SECRET.decode()
    tags.get_ifd(0x8825)[29] = SECRET.decode()  # GPSDateStamp, any text will do
    tags.get_ifd(0x8769)[0xA430] = SECRET.decode()  # CameraOwnerName
    return tags.tobytes()


def iptc() -> bytes:
    record = b"\x1c\x02\x50" + struct.pack(">H", len(SECRET)) + SECRET
    block = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(record)) + record
    return b"Photoshop 3.0\x00" + block


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(orientation: int = 1, size: Size = SMALL) -> bytes:
    plain = saved(
        picture(size=size), "JPEG", quality=92, exif=exif(orientation), xmp=XMP, icc_profile=PROFILE
    )
    extra = segment(0xED, iptc()) + segment(0xFE, SECRET) + segment(0xE3, b"Meta" + SECRET)
    preview = b"JFXX\x00\x10" + saved(picture(), "JPEG", comment=SECRET)
    return plain[:2] + extra + segment(0xE0, preview) + plain[2:] + b"trailing " + SECRET


def png(orientation: int = 1, size: Size = SMALL) -> bytes:
    info = PngInfo()
    info.add_text("Author", SECRET.decode())
    info.add_text("Comment", SECRET.decode(), zip=True)
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    plain = saved(picture(4, size), "PNG", pnginfo=info, exif=exif(orientation), icc_profile=PROFILE)
    private = chunk(b"prVt", SECRET) + chunk(b"caBX", SECRET) + chunk(b"tIME", bytes(7))
    return plain[:33] + private + plain[33:-12] + chunk(b"tEXt", b"Late\x00" + SECRET) + plain[-12:] + SECRET


def webp(orientation: int = 1, size: Size = SMALL) -> bytes:
    plain = saved(
        picture(4, size), "WEBP", lossless=True, exif=exif(orientation), xmp=XMP, icc_profile=PROFILE
    )
    unknown = b"wHo " + struct.pack("<I", len(SECRET)) + SECRET + b"\x00" * (len(SECRET) % 2)
    body = plain[8:] + unknown
    return b"RIFF" + struct.pack("<I", len(body)) + body + SECRET


def animated_webp() -> bytes:
    frames = [picture(), picture().rotate(180)]
    return saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], exif=exif(), lossless=True)


def avif(orientation: int = 1) -> bytes:
    plain = saved(picture(), "AVIF", quality=90, exif=exif(orientation), xmp=XMP, icc_profile=PROFILE)
    return plain + struct.pack(">I4s", 8 + 16 + len(SECRET), b"uuid") + bytes(16) + SECRET


def avif_sequence() -> bytes:
    frames = [picture(), picture().rotate(180)]
    return saved(frames[0], "AVIF", save_all=True, append_images=frames[1:], exif=exif(), xmp=XMP)


def gif() -> bytes:
    plain = saved(picture().quantize(), "GIF", comment=SECRET)
    application = b"\x21\xff\x0bXMP DataXMP" + bytes([len(SECRET)]) + SECRET + b"\x00"
    text = b"\x21\x01\x0c" + bytes(12) + bytes([len(SECRET)]) + SECRET + b"\x00"
    return plain[:-1] + application + text + b"\x3b" + SECRET


def tiff(orientation: int = 1) -> bytes:
    tags = ImageFileDirectory_v2()
    tags[270] = tags[315] = tags[33432] = SECRET.decode()
    tags[274] = orientation
    tags[700] = XMP
    tags[33723] = iptc()
    return saved(picture(), "TIFF", tiffinfo=tags)


FILES = {
    "jpeg": jpeg,
    "png": png,
    "webp": webp,
    "animated webp": animated_webp,
    "avif": avif,
    "avif sequence": avif_sequence,
    "gif": gif,
    "tiff": tiff,
}
TURNABLE = {"jpeg": jpeg, "png": png, "webp": webp, "avif": avif, "tiff": tiff}
