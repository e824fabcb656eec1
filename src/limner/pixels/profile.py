"""Colour profiles: numbers meant in one colour space, as numbers of another.

Models take and give sRGB and look at no profile. So what is sent is converted to sRGB, and what comes back
to the original's profile before it is put back: the kept pixels stay as they are, and the new ones fit.
"""

from functools import lru_cache
from io import BytesIO
from typing import cast

import numpy as np
from PIL import Image, ImageCms

from limner.pixels import faults
from limner.pixels.arrays import Pixels, from_pillow, to_pillow


def converted(pixels: Pixels, meant_in: bytes | None, wanted_in: bytes | None) -> Pixels:
    """Convert colours; alpha stays.

    Args:
        pixels: the picture.
        meant_in: the RGB profile of its numbers. Absent: sRGB.
        wanted_in: the RGB profile to convert to. Absent: sRGB.

    Returns:
        The same array where there is nothing to convert.

    Raises:
        ImageProcessing: `unusable_profile`.
    """
    if meant_in == wanted_in:
        return pixels
    try:
        picture = ImageCms.profileToProfile(
            to_pillow(np.ascontiguousarray(pixels[..., :3])), _profile(meant_in), _profile(wanted_in)
        )
    except (ImageCms.PyCMSError, OSError, ValueError) as error:
        raise faults.fault(
            "The colour profile of the picture cannot be used.",
            code="unusable_profile",
            remedy="Convert the picture to sRGB in an image editor and send it again.",
        ) from error
    colours = from_pillow(cast("Image.Image", picture))
    return np.dstack((colours, pixels[..., 3]))


@lru_cache(maxsize=8)  # cameras and screens share a handful of profiles
def usable(profile: bytes) -> bool:
    """Whether colours can be converted from a profile to sRGB.

    Args:
        profile: as a file embeds it.
    """
    try:
        ImageCms.buildTransform(_profile(profile), _profile(None), "RGB", "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return False
    return True


def _profile(profile: bytes | None) -> ImageCms.ImageCmsProfile:
    if profile is not None:
        return ImageCms.ImageCmsProfile(BytesIO(profile))
    srgb = ImageCms.createProfile("sRGB")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return ImageCms.ImageCmsProfile(srgb)  # pyright: ignore[reportUnknownArgumentType]
