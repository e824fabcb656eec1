"""The fields of OpenAI's image calls, checked as OpenAI checks them.

Source: providers/openai/openapi.json (OpenAPI 2.3.0 of 2026-08-21, amended to the November 2026 SDK types).
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from limner.core.errors import UserError
from limner.server.schema import Extras

Quality = Literal["auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"]
"""`standard` and `hd` are of older models, and still sent."""


class _Common(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: Annotated[str, Field(min_length=1, max_length=32000)]
    model: str | None = None
    n: Annotated[int | None, Field(ge=1, le=10)] = None
    size: str | None = None
    quality: Quality | None = None
    background: Literal["auto", "opaque", "transparent"] | None = None
    output_format: Literal["png", "jpeg", "webp", "gif", "svg"] | None = None
    output_compression: Annotated[int | None, Field(ge=0, le=100)] = None
    response_format: Literal["url", "b64_json"] | None = None
    moderation: Literal["auto", "low"] | None = None
    complexity: Literal["low", "medium", "high"] | None = None
    frame_count: Annotated[int | None, Field(ge=2, le=16)] = None
    frame_duration_ms: Annotated[int | None, Field(ge=0)] = None
    stream: bool | None = None
    partial_images: Annotated[int | None, Field(ge=0, le=3)] = None
    user: str | None = None
    safety_identifier: str | None = None
    limner: Annotated[Extras | None, Field(description="What only Limner knows.")] = None


class Generation(_Common):
    """The body of `POST /v1/images/generations`."""

    style: Literal["vivid", "natural"] | None = None
    svg: dict[str, object] | None = None


class Edit(_Common):
    """The text fields of `POST /v1/images/edits`."""

    input_fidelity: Literal["low", "high"] | None = None


class ImageRef(BaseModel):
    """A picture of the JSON form: an address, a data URL, or the id of an uploaded file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image_url: str | None = None
    file_id: str | None = None


class EditJson(Edit):
    """The JSON form of an edit."""

    images: Annotated[tuple[ImageRef, ...], Field(min_length=1, max_length=16)]
    mask: ImageRef | None = None
    markup: ImageRef | None = None


Shape = TypeVar("Shape", bound=BaseModel)

_CODES: Final[Mapping[str, str]] = {
    "missing": "missing_required_parameter",
    "literal_error": "invalid_value",
    "string_too_short": "empty_string",
    "string_too_long": "string_above_max_length",
    "greater_than_equal": "integer_below_min_value",
    "less_than_equal": "integer_above_max_value",
    "too_short": "empty_array",
    "too_long": "array_above_max_length",
}
"""OpenAI's names for what pydantic found. Everything else is `invalid_type`."""


def validated(shape: type[Shape], values: Mapping[str, object], *, strict: bool) -> Shape:
    """Check fields as OpenAI does.

    Args:
        shape: what is expected.
        values: as they came.
        strict: whether types must be exact, as in JSON; in a form everything is text.

    Raises:
        UserError: with OpenAI's code and the parameter's name.

    Example:
        >>> validated(Generation, {"prompt": "a pear", "cfg": 3}, strict=True)
        Traceback (most recent call last):
        limner.core.errors.UserError: Unknown parameter: 'cfg'. Nothing was charged. Leave it out.
    """
    try:
        # Tuples come as JSON arrays, so strictness is about scalars.
        return shape.model_validate(_frozen(values), strict=strict)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise _wrong(
                f"Unknown parameter: '{name}'.", "unknown_parameter", name, "Leave it out."
            ) from error
        if first["type"] == "missing":
            raise _wrong(
                f"Missing required parameter: '{name}'.", "missing_required_parameter", name, "Add it."
            ) from error
        code = _CODES.get(first["type"], "invalid_type")
        raise _wrong(f"Invalid '{name}': {first['msg']}.", code, name, "Change its value.") from error


def _frozen(value: object) -> object:
    """JSON's arrays as tuples, which is what strict validation of a tuple takes."""
    if isinstance(value, dict):
        return {name: _frozen(inner) for name, inner in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return tuple(_frozen(inner) for inner in cast("list[object]", value))
    return value


def _wrong(message: str, code: str, name: str, remedy: str) -> UserError:
    return UserError(message, code=code, field=name, remedy=remedy)
