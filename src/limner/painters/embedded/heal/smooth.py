"""The fast way: continue lines of equal brightness into the hole (Telea 2004).

Right for scratches and dust; it smears in texture, which `exemplar` continues instead.
"""

import cv2
import numpy as np
import numpy.typing as npt

from limner.painters.embedded.rasters import Pixels

_RADIUS = 3


def fill(picture: Pixels, hole: npt.NDArray[np.bool_]) -> Pixels:
    """Fill the hole of an RGB or RGBA picture; known pixels stay as they are."""
    mask = hole.astype(np.uint8)
    parts = [picture[..., :3], *(picture[..., number] for number in range(3, picture.shape[2]))]
    filled = (cv2.inpaint(np.ascontiguousarray(part), mask, _RADIUS, cv2.INPAINT_TELEA) for part in parts)
    return np.dstack([np.asarray(part, np.uint8) for part in filled])
