"""The pictures of an edit, from a form or from JSON, checked as the published text says."""

import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import pybase64

from limner.sandbox.forms import Part
from limner.sandbox.openai.fields import Complaint, duplicate, missing
from limner.sandbox.probe import Probe, has_alpha, is_opaque, probe

MOST_IMAGES: Final = 16
_MOST_BYTES: Final = 50 * 1024 * 1024
_MOST_MASK_BYTES: Final = 4 * 1024 * 1024
_LONGEST_URL: Final = 20_971_520
_FORMS: Final = {"image/png": "png", "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/webp": "webp"}
FILE_NAMES: Final = ("image", "image[]", "mask", "markup")
"""File parts of the form."""
JSON_NAMES: Final = ("images", "mask", "markup")
"""Picture fields of the JSON body."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One picture."""

    data: bytes
    probe: Probe


@dataclass(frozen=True, slots=True)
class Uploads:
    """All pictures of a request."""

    images: tuple[Upload, ...] = ()
    mask: Upload | None = None
    markup: Upload | None = None


@dataclass(frozen=True, slots=True)
class _Raw:
    data: bytes
    media_type: str
    param: str


def from_form(files: Sequence[Part], forms: tuple[str, ...]) -> Uploads:
    """Sort the file parts: `image` or `image[]`, `mask`, `markup`.

    Args:
        files: parts with these names, in order.
        forms: formats this vendor accepts for images.

    Raises:
        Complaint: a part is missing, doubled, no file, or breaks a rule.
    """
    by_name: dict[str, list[Part]] = {}
    for part in files:
        by_name.setdefault(part.name, []).append(part)
    for name, parts in by_name.items():
        if name != "image[]" and len(parts) > 1:
            raise duplicate(name)
    single, several = by_name.get("image", []), by_name.get("image[]", [])
    if single and several:
        raise Complaint("Send either 'image' or 'image[]'.", param="image", code="invalid_value")
    images = [_read(part, "image") for part in [*single, *several]]
    others = {name: _read(by_name[name][0], name) for name in ("mask", "markup") if name in by_name}
    return _checked(images, others, forms)


def _read(part: Part, param: str) -> _Raw:
    if part.text is not None:
        raise Complaint(
            f"Invalid type for '{param}': expected a file, but got a string instead.",
            param=param,
            code="invalid_type",
        )
    return _Raw(part.data, part.media_type, param)


def from_json(values: Mapping[str, object], forms: tuple[str, ...]) -> Uploads:
    """Read `images`, `mask` and `markup` as references.

    Args:
        values: the JSON body.
        forms: formats this vendor accepts for images.

    Raises:
        Complaint: a reference is missing, malformed, or breaks a rule.
    """
    listed = values.get("images")
    if listed is None:
        raise missing("images")
    if not isinstance(listed, list):
        raise Complaint("Invalid type for 'images': expected an array.", param="images", code="invalid_type")
    images = [_refer(item, f"images[{place}]") for place, item in enumerate(cast("list[object]", listed))]
    others = {name: _refer(values[name], name) for name in ("mask", "markup") if values.get(name) is not None}
    return _checked(images, others, forms)


def _refer(item: object, param: str) -> _Raw:
    if not isinstance(item, dict):
        raise Complaint(f"Invalid type for '{param}': expected an object.", param=param, code="invalid_type")
    reference = cast("dict[str, object]", item)
    extra = next((name for name in reference if name not in {"image_url", "file_id"}), None)
    if extra is not None:
        raise Complaint(f"Unknown parameter: '{param}.{extra}'.", param=param, code="unknown_parameter")
    if len(reference) != 1:
        raise Complaint(
            f"Provide exactly one of 'image_url' or 'file_id' in '{param}'.",
            param=param,
            code="invalid_value",
        )
    if "file_id" in reference:
        raise Complaint(f"No such File object: {reference['file_id']}", status=404, param="file_id")
    return _from_url(reference["image_url"], param)


def _from_url(url: object, param: str) -> _Raw:
    if not isinstance(url, str) or len(url) > _LONGEST_URL:
        raise Complaint(f"Invalid '{param}.image_url'.", param=param, code="invalid_value")
    head, comma, body = url.partition(",")
    if not (comma and head.startswith("data:") and head.endswith(";base64")):
        raise Complaint(
            f"Error while downloading '{url[:200]}'. The sandbox reaches no network: use a data URL.",
            param=param,
            code="invalid_image_url",
        )
    try:
        data = pybase64.b64decode(body, validate=True)
    except binascii.Error:
        raise Complaint(f"Invalid base64 in '{param}'.", param=param, code="invalid_base64") from None
    return _Raw(data, head.removeprefix("data:").removesuffix(";base64"), param)


def _checked(images: list[_Raw], others: Mapping[str, _Raw], forms: tuple[str, ...]) -> Uploads:
    if not images:
        raise missing("image")
    if len(images) > MOST_IMAGES:
        raise Complaint(
            f"Invalid 'image': array too long. Expected at most {MOST_IMAGES}, "
            f"but got {len(images)} instead.",
            param="image",
            code="array_above_max_length",
        )
    uploads = tuple(_picture(raw, forms) for raw in images)
    first = uploads[0].probe
    mask = _overlay(others["mask"], first) if "mask" in others else None
    markup = _overlay(others["markup"], first) if "markup" in others else None
    if markup is not None and is_opaque(markup.data):
        raise Complaint(
            "Invalid markup: it must contain transparent pixels.", param="markup", code="invalid_image_file"
        )
    return Uploads(uploads, mask, markup)


def _picture(raw: _Raw, forms: tuple[str, ...]) -> Upload:
    types = [name for name, form in _FORMS.items() if form in forms and name != "image/jpg"]
    if _FORMS.get(raw.media_type) not in forms:
        raise Complaint(
            f"Invalid file '{raw.param}': unsupported mimetype ('{raw.media_type}'). "
            "Supported file formats are " + ", ".join(f"'{name}'" for name in types) + ".",
            param=raw.param,
            code="unsupported_file_mimetype",
        )
    if len(raw.data) >= _MOST_BYTES:
        raise Complaint(
            f"Invalid file '{raw.param}': it must be less than 50MB.", param=raw.param, code="image_too_large"
        )
    return _probed(raw)


def _probed(raw: _Raw) -> Upload:
    found = probe(raw.data)
    if found is None or found.form != _FORMS[raw.media_type]:
        raise Complaint(
            "Invalid image file or mode for image 1, please check your image file.",
            param=raw.param,
            code="invalid_image_file",
        )
    return Upload(raw.data, found)


def _overlay(raw: _Raw, first: Probe) -> Upload:
    if raw.media_type != "image/png":
        raise Complaint(
            f"Invalid file '{raw.param}': unsupported mimetype ('{raw.media_type}'). "
            "Supported file formats are 'image/png'.",
            param=raw.param,
            code="unsupported_file_mimetype",
        )
    if len(raw.data) >= _MOST_MASK_BYTES:
        raise Complaint(
            f"Invalid file '{raw.param}': it must be less than 4MB.", param=raw.param, code="image_too_large"
        )
    upload = _probed(raw)
    if not has_alpha(raw.data):
        raise Complaint(
            f"Invalid {raw.param} image format - {raw.param} image missing alpha channel.",
            param=raw.param,
            code="invalid_image_format",
        )
    if (upload.probe.width, upload.probe.height) != (first.width, first.height):
        raise Complaint(
            f"Invalid {raw.param} image format - {raw.param} size does not match image size.",
            param=raw.param,
            code="invalid_image_format",
        )
    return upload
