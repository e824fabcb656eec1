"""What the server's own document names besides (modules/api/models.py @008a8e7). Absent: not sent."""

from typing import Annotated

from pydantic import Field

from limner.providers._shared.options import VendorOptions

Share = Annotated[float, Field(ge=0, le=1)]


class Options(VendorOptions):
    """Options of a web UI. Which of them an operation takes, the model's data says."""

    sampler_name: str | None = None
    """By the name the server lists: `Euler a`."""
    scheduler: str | None = None
    """`Karras` and the like. Servers before 1.9 have none."""
    styles: list[str] | None = None
    """Names of the prompt styles that are saved on the server."""
    eta: float | None = None
    subseed: int | None = None
    subseed_strength: Share | None = None
    """How far the picture leans from `seed` towards `subseed`."""
    tiling: bool | None = None
    """Whether the edges fit together."""
    restore_faces: bool | None = None
    mask_blur: Annotated[int, Field(ge=0, le=64)] | None = None
    """Pixels over which the server fades its mask."""
    inpainting_fill: Annotated[int, Field(ge=0, le=3)] | None = None
    """What lies under the mask at first: 0 its colours, 1 the picture, 2 noise, 3 nothing. Absent: 1."""
    inpaint_full_res_padding: Annotated[int, Field(ge=0, le=256)] | None = None
    """Pixels around the mask that are painted along with it."""
    gfpgan_visibility: Share | None = None
    codeformer_visibility: Share | None = None
    codeformer_weight: Share | None = None
    """How much is done to faces when a picture is enlarged."""
