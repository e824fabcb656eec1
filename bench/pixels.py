"""The pixel room beside bare Pillow and OpenCV: what its checks and its promise cost.

    python -m bench.pixels            the table
    python -m bench.pixels --records  signing and verifying alone
    python -m bench.pixels --hostile  how fast, and in how much memory, hostile files are refused

Each figure is the best of several rounds in which both sides take turns, in milliseconds of this machine.
Bare means: the fewest calls of the library that do the same work for a file that is known to be good.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

import c2pa
import cv2
import numpy as np
from PIL import Image
from skimage import data as photographs

from limner.core.models import MaskNeeds
from limner.core.operations import Operation
from limner.core.pictures import Box, Format, Mask, Picture, Size
from limner.pixels import mask as masks
from limner.pixels import measure
from limner.pixels.clean import strip
from limner.pixels.paste import paste_back
from limner.pixels.probe import probe
from limner.pixels.provenance.explain import explain
from limner.pixels.provenance.manifest import SigningKey
from limner.pixels.provenance.record import Origin
from limner.pixels.provenance.source import DigitalSource
from limner.pixels.raster import decode, encode
from limner.pixels.thumbnail import thumbnail
from tests.support.certificates import chain

EDGES = {1: 1024, 4: 2048, 16: 4096}
"""Megapixels, and the edge of a square that has them."""
ROUNDS = 7


def saved(picture: Image.Image, format_name: str, **options) -> bytes:
    out = BytesIO()
    picture.save(out, format_name, **options)
    return out.getvalue()


def best(ours: Callable[[], object], bare: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """The best time of each on the processor, in milliseconds: what other work costs is not in it."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for kept, call in zip(times, (ours, bare), strict=True):
            start = time.process_time()
            call()
            kept.append(1000 * (time.process_time() - start))
    return min(times[0]), min(times[1])


def line(what: str, times: tuple[float, float]) -> None:
    print(f"{what:42} {times[0]:9.2f} {times[1]:9.2f} {times[0] / times[1]:7.2f} ×")


def bare_probe(data: bytes) -> object:
    """What `probe` says: size, frames, profile, how a JPEG is turned, and that a PNG lacks nothing."""
    with Image.open(BytesIO(data)) as picture:
        told = picture.size, getattr(picture, "n_frames", 1), picture.info.get("icc_profile")
        if picture.format == "JPEG":
            return *told, picture.getexif().get(0x0112)
        picture.verify()
        return told


def bare_open(data: bytes) -> object:
    """The size alone, whatever follows the header."""
    with Image.open(BytesIO(data)) as picture:
        return picture.size


def bare_decode(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGBA"))


def bare_thumbnail(data: bytes) -> bytes:
    with Image.open(BytesIO(data)) as picture:
        picture.thumbnail((512, 512))
        return saved(picture, "WEBP", quality=80)


def bare_paste(original: np.ndarray, painted: np.ndarray, coverage: np.ndarray) -> np.ndarray:
    mask = Image.fromarray(coverage)
    return np.asarray(Image.composite(Image.fromarray(painted), Image.fromarray(original), mask))


def bare_strip(data: bytes) -> bytes:
    with Image.open(BytesIO(data)) as picture:
        return saved(picture, "JPEG", quality="keep")


def round_mask(edge: int) -> bytes:
    mask = np.zeros((edge, edge), np.uint8)
    cv2.circle(mask, (edge // 2, edge // 2), edge // 12, 255, -1)
    return saved(Image.fromarray(mask), "PNG")


def measure_size(megapixels: int, edge: int) -> None:
    photo = Image.fromarray(photographs.astronaut()).resize((edge, edge), Image.Resampling.BICUBIC)
    photo = Image.fromarray(
        np.asarray(photo) ^ np.random.default_rng(1).integers(0, 4, (edge, edge, 3), np.uint8)
    )
    for name, data in (("PNG", saved(photo, "PNG")), ("JPEG", saved(photo, "JPEG", quality=90))):
        kind = f"{megapixels} MP {name}"
        line(f"{kind} probe", best(partial(probe, data), partial(bare_probe, data), 50))
        line(f"{kind} probe, beside opening alone", best(partial(probe, data), partial(bare_open, data), 50))
        line(f"{kind} decode", best(partial(decode, data), partial(bare_decode, data)))
        line(
            f"{kind} thumbnail",
            best(partial(thumbnail, data), partial(bare_thumbnail, data)),
        )
    line(f"{kind} strip", best(lambda: strip(data), lambda: bare_strip(data)))
    original = decode(data)
    painted = original.pixels[::-1].copy()
    mask = Mask(Picture(round_mask(edge)), feather=8)
    coverage = masks.read(mask, original.size)
    whole = Box.of(original.size)
    line(
        f"{megapixels} MP paste back",
        best(
            lambda: paste_back(original, painted, whole, coverage),
            lambda: bare_paste(original.pixels, painted, coverage),
        ),
    )
    line(
        f"{megapixels} MP encode PNG",
        best(lambda: encode(original, Format.PNG), lambda: saved(photo, "PNG"), 3),
    )


def measure_records() -> None:
    """Signing and verifying, beside the C2PA library called with the same definition and settings."""
    key, certificates, root = chain()
    signing, bare = SigningKey(key, certificates, anchors=root), bare_signer(key, certificates)
    origin = Origin(DigitalSource.ALGORITHMIC, Operation.GENERATE, "limner/sketch")
    for megapixels, edge in EDGES.items():
        photo = Image.fromarray(photographs.astronaut()).resize((edge, edge), Image.Resampling.BICUBIC)
        for name in ("PNG", "JPEG"):
            data, kind = saved(photo, name), f"image/{name.lower()}"
            line(
                f"{megapixels} MP {name} sign",
                best(partial(signing.sign, data, kind, origin), partial(bare_sign, bare, data, kind)),
            )
            signed = signing.sign(data, kind, origin)
            line(
                f"{megapixels} MP {name} verify",
                best(partial(explain, signed, anchors=root), partial(bare_verify, signed, kind, root)),
            )


def bare_signer(key: bytes, certificates: bytes) -> c2pa.Signer:
    found = c2pa.C2paSignerInfo(b"es256", certificates, key, b"")
    found.ta_url = None
    return c2pa.Signer.from_info(found)


def bare_sign(signer: c2pa.Signer, data: bytes, kind: str) -> bytes:
    made = {"action": "c2pa.created", "digitalSourceType": DigitalSource.ALGORITHMIC.uri}
    actions = {"label": "c2pa.actions.v2", "data": {"actions": [made]}}
    quiet = c2pa.Settings.from_dict({"builder": {"thumbnail": {"enabled": False}}})
    builder = c2pa.Builder(
        {"claim_generator_info": [{"name": "bare"}], "assertions": [actions]}, c2pa.Context(quiet)
    )
    builder.sign(signer, kind, BytesIO(data), out := BytesIO())
    return out.getvalue()


def bare_verify(data: bytes, kind: str, root: str) -> str:
    settings = {"verify": {"verify_trust": True}, "trust": {"trust_anchors": root}}
    with c2pa.Reader(kind, BytesIO(data), context=c2pa.Context(c2pa.Settings.from_dict(settings))) as reader:
        return reader.json()


def heal_ours(data: bytes, mask: Mask) -> bytes:
    """What an embedded `erase` takes: every step of the engine that touches pixels."""
    clean, _ = strip(data, exact=True)
    size = probe(clean).size
    original = decode(clean)
    coverage = masks.read(mask, size)
    sent, sent_mask = encode(original, Format.PNG, fast=True), masks.encode(coverage, MaskNeeds())
    painted = encode(heal(decode(sent).pixels, decode(sent_mask).pixels[..., 0]), Format.PNG, fast=True)
    result = paste_back(original, decode(painted).pixels, Box.of(size), coverage)
    measure.changed_outside(original, result, coverage)
    measure.seam(original, result, coverage)
    measure.blank(result)
    return encode(result, Format.PNG)


def heal_bare(data: bytes, mask: bytes) -> bytes:
    with Image.open(BytesIO(data)) as picture, Image.open(BytesIO(mask)) as levels:
        return saved(Image.fromarray(heal(np.asarray(picture.convert("RGB")), np.asarray(levels))), "PNG")


def heal(pixels: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return cv2.inpaint(np.ascontiguousarray(pixels[..., :3]), mask, 3, cv2.INPAINT_TELEA)


def table() -> None:
    print(f"{'':42} {'Limner':>9} {'bare':>9}   ratio")
    for megapixels, edge in EDGES.items():
        measure_size(megapixels, edge)
    measure_records()
    for name in ("PNG", "JPEG"):
        photo = Image.fromarray(photographs.astronaut()).resize((1024, 1024), Image.Resampling.BICUBIC)
        data, mask = saved(photo, name), round_mask(1024)
        asked = Mask(Picture(mask, size=Size(1024, 1024)), feather=8)
        times = best(partial(heal_ours, data, asked), partial(heal_bare, data, mask), 5)
        line(f"heal a 1024² {name}, end to end", times)


def hostile() -> None:
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-m", "tests.pixels.hostile"], cwd=root, capture_output=True, check=True
    )
    found = json.loads(done.stdout)
    for name, (code, seconds) in found["cases"].items():
        print(f"{1000 * seconds:8.1f} ms  {code:20} {name}")
    print(f"{found['peak_mebibytes']} MiB at most, the interpreter and its libraries included")


if __name__ == "__main__":
    chosen = {"--hostile": hostile, "--records": measure_records}
    next((act for flag, act in chosen.items() if flag in sys.argv), table)()
