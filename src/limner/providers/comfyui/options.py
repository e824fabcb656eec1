"""What users may set besides what every request has: places that the operator has named in a workflow."""

from limner.providers._shared.options import VendorOptions

Plain = str | int | float | bool
"""No lists: in a workflow those are links between its nodes."""


class Options(VendorOptions):
    """Options of a workflow."""

    slots: dict[str, Plain] | None = None
    """Values by the names in the model's `extras.slots`. Absent: the workflow's own."""
