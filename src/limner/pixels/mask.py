"""Masks: reading them, and writing them as a model wants them. Promise 1, *the mask is law*, is kept here.

**The promise.** Where the coverage of a mask is 0, the decoded RGBA of a lossless result equals the
decoded RGBA of the original, in every pixel, whatever a model returned. `paste.paste_back` makes it so
and `measure.changed_outside` counts what it did not.

*Decoded* means: by `raster.decode`, upright, 8-bit RGBA. So for input that is not 8-bit RGB or RGBA:

- **16 bits.** The upper eight bits of each sample are what is kept. Results have 8 bits, with a note.
- **CMYK.** It is converted once, through its profile where it has one; those RGB values are kept.
- **Palette, grey, 1-bit.** The colours are kept exactly. Results are RGB or RGBA, not palettes.
- **A transparent colour or palette entry.** It becomes alpha 0; colour and alpha are kept.
- **Animations.** The first frame is painted on and kept to; the others are left out, with a note.
- **Orientation.** It is applied first; masks lie over the picture as displayed.
- **RGB profiles.** Numbers and profile are kept together.

A lossy format or another size than the original's makes new values everywhere: the promise then holds
for the picture before that last step, and a note says so.

**Coverage.** An 8-bit level for each pixel: 255 repaints fully, 0 keeps, between them is blended. White
repaints, or what is transparent; in masks from lossy files, levels under 16 count as 0 and over 239 as
255, because compression leaves traces around every edge. The feather fades inwards only.
"""

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from limner.core.models import MaskNeeds
from limner.core.notes import Note, NoteKind
from limner.core.pictures import Box, Mask, Size
from limner.pixels import faults
from limner.pixels.arrays import OPAQUE, Coverage, Pixels, from_pillow, is_opaque, size_of, to_pillow
from limner.pixels.encode import encode as encode_array
from limner.pixels.kinds import Kind
from limner.pixels.limits import DEFAULT, Limits
from limner.pixels.probe import Probed, probe
from limner.pixels.raster import decode
from limner.pixels.resize import scale_levels

_TRACES: Final = 16
"""Levels that lossy compression leaves where there was black, or takes from white."""


def read(mask: Mask, size: Size, *, limits: Limits = DEFAULT) -> Coverage:
    """Decode a mask to the picture's size.

    Args:
        mask: as the caller gave it.
        size: of the picture, as displayed.
        limits: what is too much.

    Returns:
        Height × width: 255 repaints fully, 0 keeps.

    Raises:
        ImageProcessing: `empty_mask` when nothing would be repainted, and as `raster.decode` does.
    """
    name = mask.picture.name or "the mask"
    raster = decode(mask.picture.data, limits, name=name)
    coverage = _levels(raster.pixels, mask)
    if _is_lossy(raster.probed):
        coverage = _without_traces(coverage)
    coverage = scale_levels(coverage, size, hard=is_hard(coverage))
    if mask.feather > 0:
        coverage = feathered(coverage, mask.feather)
    if not coverage.any():
        raise faults.fault(
            "The mask covers nothing, so nothing would change.",
            code="empty_mask",
            remedy="Paint white where the picture may change; if it is white there, say so with `kind`, "
            "because masks with transparency are read by their transparency.",
        )
    return coverage


def notes(mask: Mask, size: Size, *, limits: Limits = DEFAULT) -> tuple[Note, ...]:
    """Say what `read` will have to change.

    Args:
        mask: as the caller gave it.
        size: of the picture, as displayed.
        limits: what is too much.

    Raises:
        ImageProcessing: as `probe.probe` does.
    """
    probed = probe(mask.picture.data, name=mask.picture.name or "the mask", limits=limits)
    said: list[Note] = []
    if probed.size != size:
        text = f"The mask is {probed.size}; it was scaled to the picture's {size}."
        said.append(Note(NoteKind.ADAPTED, text, "mask", str(probed.size), str(size)))
    if _is_lossy(probed):
        text = "The mask comes from a lossy file; traces near black and white were cleaned."
        said.append(Note(NoteKind.ADAPTED, text, "mask"))
    return tuple(said)


def _levels(pixels: Pixels, mask: Mask) -> Coverage:
    by_alpha = mask.kind == "alpha" or (mask.kind == "auto" and not is_opaque(pixels))
    if by_alpha:
        levels = OPAQUE - pixels[..., 3]
    else:
        levels = from_pillow(to_pillow(pixels).convert("RGB").convert("L"))
        if not is_opaque(pixels):  # luma was asked for: what is not there is black
            levels = (levels.astype(np.uint16) * pixels[..., 3] // OPAQUE).astype(np.uint8)
    return OPAQUE - levels if mask.invert else levels


def _is_lossy(probed: Probed) -> bool:
    return probed.kind in {Kind.JPEG, Kind.WEBP, Kind.AVIF, Kind.HEIC}


def _without_traces(coverage: Coverage) -> Coverage:
    cleaned = np.where(coverage < _TRACES, 0, coverage)
    return np.where(cleaned > OPAQUE - _TRACES, OPAQUE, cleaned).astype(np.uint8)


def is_hard(coverage: Coverage) -> bool:
    """Whether every pixel is either kept or fully repainted."""
    return not bool(((coverage != 0) & (coverage != OPAQUE)).any())


def bounds(coverage: Coverage) -> Box | None:
    """The smallest box that holds everything covered.

    Returns:
        The box, or `None` when nothing is covered.

    Example:
        >>> bounds(np.pad(np.full((2, 3), 255, np.uint8), 1))
        Box(left=1, top=1, right=4, bottom=3)
    """
    rows = np.flatnonzero(coverage.any(axis=1))
    if rows.size == 0:
        return None
    columns = np.flatnonzero(coverage[rows[0] : rows[-1] + 1].any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def feathered(coverage: Coverage, feather: float) -> Coverage:
    """Fade the edge inwards. What was 0 stays 0; the picture's own edge does not fade.

    Where the mask is thinner than the feather, the feather is shortened so that its middle is still
    repainted fully.

    Args:
        coverage: as `read` makes it.
        feather: width of the fade in pixels.
    """
    box = bounds(coverage)
    if box is None or feather <= 0:
        return coverage
    size = size_of(coverage)
    around = Box(
        max(box.left - 1, 0),
        max(box.top - 1, 0),
        min(box.right + 1, size.width),
        min(box.bottom + 1, size.height),
    )
    part = coverage[around.slices]
    depth = cast("NDArray[np.float32]", cv2.distanceTransform((part > 0).astype(np.uint8), cv2.DIST_L2, 5))
    deepest = float(depth.max())
    if not part.all():
        feather = min(feather, max(deepest - 1, 0))
    fade = np.minimum(depth / (feather + 1), 1) * part
    faded = coverage.copy()
    faded[around.slices] = np.ceil(fade).astype(np.uint8)
    return faded


def encode(coverage: Coverage, needs: MaskNeeds, size: Size | None = None) -> bytes:
    """Write a mask as a model wants it. Whatever is covered in part is sent as covered: nothing is lost.

    Args:
        coverage: as `read` makes it.
        needs: the model's encoding, polarity, grid and format.
        size: of the picture that is sent. Absent: the coverage's own.

    Raises:
        ImageProcessing: `unsupported_format`, or `mask_too_large` for the model.
    """
    whole = snapped(coverage, size or size_of(coverage), needs.grid)
    levels = np.where(whole, np.uint8(OPAQUE), np.uint8(0))
    if needs.encoding == "alpha":
        array = np.zeros((*levels.shape, 4), np.uint8)
        array[..., 3] = OPAQUE - levels
    else:
        array = OPAQUE - levels if needs.polarity == "repaint_black" else levels
        if needs.rgba:
            array = np.dstack((array, array, array, np.full_like(array, OPAQUE)))
    data = encode_array(array, needs.format, quality=95, lossless=True, keep_alpha=True)
    if needs.most_bytes is not None and len(data) > needs.most_bytes:
        raise faults.fault(
            f"The mask has {len(data):,} bytes; the model takes {needs.most_bytes:,}.",
            code="mask_too_large",
            remedy="Use a simpler mask, or a smaller picture.",
        )
    return data


def snapped(coverage: Coverage, size: Size, grid: int = 1) -> NDArray[np.bool_]:
    """Scale to another size and round outwards to whole grid squares.

    Args:
        coverage: as `read` makes it.
        size: the result's.
        grid: edge of a square in pixels of the result; the last squares may be cut off.

    Returns:
        Whether anything at all is covered in the part of the coverage under each pixel's square.
    """
    if grid == 1 and size == size_of(coverage):
        return coverage > 0
    across, down = -(-size.width // grid), -(-size.height // grid)
    lefts, rights = _under(across, grid, size.width, coverage.shape[1])
    tops, bottoms = _under(down, grid, size.height, coverage.shape[0])
    counts = cv2.integral((coverage > 0).astype(np.uint8))
    covered = (
        counts[np.ix_(bottoms, rights)]
        - counts[np.ix_(tops, rights)]
        - counts[np.ix_(bottoms, lefts)]
        + counts[np.ix_(tops, lefts)]
    ) > 0
    if grid == 1:
        return covered
    return covered.repeat(grid, axis=0).repeat(grid, axis=1)[: size.height, : size.width]


def _under(squares: int, grid: int, length: int, source: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which pixels of the source lie under each square: first, and one after last."""
    edges = np.minimum(np.arange(squares + 1, dtype=np.int64) * grid, length)
    return edges[:-1] * source // length, -(-edges[1:] * source // length)
