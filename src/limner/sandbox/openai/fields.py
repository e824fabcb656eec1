"""The fields of a request one by one: names, types, ranges and choices, as the published schema has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast


class Complaint(Exception):
    """The request is refused. Each vendor puts it into its own envelope."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",  # noqa: A002 - the field's published name
        param: str | None = None,
        code: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Say what is wrong.

        Args:
            message: for people.
            status: the HTTP status.
            type: the error's published type.
            param: the field. Absent: none.
            code: for programs. Absent: none.
            details: `moderation_details`. Absent: none.
        """
        super().__init__(message)
        self.message = message
        self.status = status
        self.type = type
        self.param = param
        self.code = code
        self.details = details


Kind = Literal["string", "integer", "boolean", "object", "array"]

_ARTICLES: Final = {
    "string": "a string",
    "integer": "an integer",
    "boolean": "a boolean",
    "object": "an object",
    "array": "an array",
}


@dataclass(frozen=True, slots=True)
class Field:
    """What one field takes. `null` counts as left out where the schema allows it."""

    kind: Kind
    choices: tuple[str, ...] = ()
    low: int | None = None
    """Least value, or least length of a string."""
    high: int | None = None
    """Greatest value, or greatest length of a string."""
    nullable: bool = True


PROMPT: Final = Field("string", low=1, high=32_000, nullable=False)

COMMON: Final[Mapping[str, Field]] = {
    "prompt": PROMPT,
    "model": Field("string"),
    "n": Field("integer", low=1, high=10),
    "size": Field("string"),
    "quality": Field("string", ("low", "medium", "high", "xhigh", "max", "auto")),
    "background": Field("string", ("transparent", "opaque", "auto")),
    "output_format": Field("string", ("png", "jpeg", "webp", "gif", "svg")),
    "output_compression": Field("integer", low=0, high=100),
    "moderation": Field("string", ("auto", "low")),
    "complexity": Field("string", ("low", "medium", "high")),
    "stream": Field("boolean"),
    "partial_images": Field("integer", low=0, high=3),
    "frame_count": Field("integer", low=2, high=16),
    "frame_duration_ms": Field("integer", low=0),
    "svg": Field("object"),
    "safety_identifier": Field("string", high=128),
    "user": Field("string", nullable=False),
}
"""Fields of both endpoints. `response_format` and `style` died with the models that took them."""

EDITS: Final[Mapping[str, Field]] = COMMON | {"input_fidelity": Field("string", ("high", "low"))}
"""Fields of `/images/edits` besides its pictures."""

Values = dict[str, object]


def checked(values: Mapping[str, object], fields: Mapping[str, Field], also: tuple[str, ...] = ()) -> Values:
    """Check every field by itself: unknown names first, then what is missing, then types, ranges, choices.

    Args:
        values: as sent.
        fields: what the endpoint takes.
        also: names of pictures, checked elsewhere.

    Returns:
        The values that were given; `null` is left out.

    Raises:
        Complaint: the first thing wrong.
    """
    unknown = next((name for name in values if name not in fields and name not in also), None)
    if unknown is not None:
        raise Complaint(f"Unknown parameter: '{unknown}'.", param=unknown, code="unknown_parameter")
    if "prompt" in fields and values.get("prompt") is None:
        raise missing("prompt")
    given: Values = {}
    for name, value in values.items():
        if name in fields and not (value is None and fields[name].nullable):
            _check(name, value, fields[name])
            given[name] = value
    return given


def missing(name: str) -> Complaint:
    """A required field was left out."""
    return Complaint(f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")


def duplicate(name: str) -> Complaint:
    """A field was given twice."""
    return Complaint(
        f"Duplicate parameter: '{name}'. You provided multiple values for this parameter, whereas only one "
        "is allowed. If you are trying to provide a list of values, use the array syntax instead e.g. "
        f"'{name}[]=<value>'.",
        param=name,
        code="duplicate_parameter",
    )


def invalid(name: str, value: object, choices: tuple[str, ...]) -> Complaint:
    """A value is none of those supported."""
    *most, last = (f"'{choice}'" for choice in choices)
    listed = f"{', '.join(most)}, and {last}" if len(most) > 1 else " and ".join([*most, last])
    return Complaint(
        f"Invalid value: '{value}'. Supported values are: {listed}.", param=name, code="invalid_value"
    )


def _kind_of(value: object) -> str:
    kinds = ((bool, "boolean"), (int, "integer"), (float, "decimal"), (str, "string"), (dict, "object"))
    found = next((kind for type_, kind in kinds if isinstance(value, type_)), None)
    return found or ("array" if isinstance(value, list) else "null")


def _check(name: str, value: object, field: Field) -> None:
    kind = _kind_of(value)
    if kind != field.kind:
        raise Complaint(
            f"Invalid type for '{name}': expected {_ARTICLES[field.kind]}, "
            f"but got {_ARTICLES.get(kind, kind)} instead.",
            param=name,
            code="invalid_type",
        )
    if field.choices and value not in field.choices:
        raise invalid(name, value, field.choices)
    if field.kind == "string":
        _check_length(name, cast("str", value), field)
    elif field.kind == "integer":
        _check_range(name, cast("int", value), field)


def _check_length(name: str, value: str, field: Field) -> None:
    if field.low is not None and len(value) < field.low:
        raise Complaint(
            f"Invalid '{name}': empty string. Expected a string with minimum length {field.low}, "
            "but got an empty string instead.",
            param=name,
            code="empty_string",
        )
    if field.high is not None and len(value) > field.high:
        raise Complaint(
            f"Invalid '{name}': string too long. Expected a string with maximum length {field.high}, "
            f"but got a string with length {len(value)} instead.",
            param=name,
            code="string_above_max_length",
        )


def _check_range(name: str, value: int, field: Field) -> None:
    if field.low is not None and value < field.low:
        raise Complaint(
            f"Invalid '{name}': integer below minimum value. Expected a value >= {field.low}, "
            f"but got {value} instead.",
            param=name,
            code="integer_below_min_value",
        )
    if field.high is not None and value > field.high:
        raise Complaint(
            f"Invalid '{name}': integer above maximum value. Expected a value <= {field.high}, "
            f"but got {value} instead.",
            param=name,
            code="integer_above_max_value",
        )


def from_form(texts: Mapping[str, str], fields: Mapping[str, Field]) -> Values:
    """Read the text parts of a form as the values they stand for.

    `svg[model]` and `svg[reasoning][effort]` become the object they spell. What cannot be read as its
    field's type stays text, for `checked` to refuse.

    Example:
        >>> from_form({"n": "2", "stream": "true", "svg[model]": "gpt"}, COMMON)
        {'n': 2, 'stream': True, 'svg': {'model': 'gpt'}}
    """
    values: Values = {}
    for name, text in texts.items():
        head, *keys = name.replace("]", "").split("[")
        if keys and fields.get(head, PROMPT).kind == "object":
            place = cast("dict[str, object]", values.setdefault(head, {}))
            for key in keys[:-1]:
                place = cast("dict[str, object]", place.setdefault(key, {}))
            place[keys[-1]] = text
        else:
            values[name] = _typed(text, fields.get(name))
    return values


def _typed(text: str, field: Field | None) -> object:
    if field is not None and field.kind == "integer" and text.removeprefix("-").isdecimal():
        return int(text)
    if field is not None and field.kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text
