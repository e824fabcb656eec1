"""Azure's own options, by its names (2025-04-01-preview reference, read 2026-11-21)."""

from typing import Literal

from limner.providers._shared.options import VendorOptions


class Options(VendorOptions):
    """What Azure takes besides the fields of every request."""

    input_fidelity: Literal["high", "low"] | None = None
    """How closely an edit keeps to faces and style."""
    user: str | None = None
    """A stable, opaque name of the end user. Absent: the request's `user`."""
