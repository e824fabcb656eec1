"""The emulators' own reading of JSON Schema agrees with the reference implementation."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from limner.sandbox.schema import flaws

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-300, 300),
        st.sampled_from([0.5, 64.5, 1e300]),
        st.sampled_from(["", "a", "abc", "red"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=6,
)
KINDS = st.sampled_from(["object", "array", "string", "boolean", "integer", "number", "null"])
KEYWORDS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.one_of(KINDS, st.lists(KINDS, min_size=1, max_size=2, unique=True)),
        "enum": st.lists(st.sampled_from(["red", "abc"]), min_size=1, max_size=2, unique=True),
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(0, 3),
        "pattern": st.just("^a"),
        "minimum": st.integers(-100, 100),
        "maximum": st.integers(-100, 100),
        "exclusiveMinimum": st.integers(-100, 100),
        "exclusiveMaximum": st.integers(-100, 100),
        "multipleOf": st.sampled_from([1, 7, 0.5]),
        "required": st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True),
        "minItems": st.integers(0, 2),
        "maxItems": st.integers(0, 2),
        "additionalProperties": st.booleans(),
        "const": st.sampled_from(["red", 7]),
    },
)
SCHEMAS = st.recursive(
    KEYWORDS,
    lambda inner: st.builds(
        lambda base, properties, items, branches: (
            base | {"properties": properties, "items": items} | branches
        ),
        KEYWORDS,
        st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
        inner,
        st.dictionaries(
            st.sampled_from(["anyOf", "oneOf", "allOf"]), st.lists(inner, min_size=1, max_size=3), max_size=1
        ),
    ),
    max_leaves=4,
)


@given(VALUES, SCHEMAS)
def test_the_reference_implementation_agrees(value: Any, schema: dict[str, Any]):
    assert (not list(flaws(value, schema, {}))) == Draft202012Validator(schema).is_valid(value)


def test_a_whole_number_with_a_point_is_no_integer():
    """JSON Schema lets it pass; the services emulated here read JSON more strictly."""
    assert [flaw.rule for flaw in flaws(64.0, {"type": "integer"}, {})] == ["type"]


@pytest.mark.parametrize(
    ("value", "path"),
    [({"outer": {"n": [1, "x"]}}, "outer.n[1]"), ({}, "outer"), ({"outer": {"m": 1}}, "outer.m")],
)
def test_a_flaw_says_where(value: Any, path: str):
    document = {
        "$defs": {
            "Outer": {"properties": {"n": {"items": {"type": "integer"}}}, "additionalProperties": False}
        }
    }
    schema = {"required": ["outer"], "properties": {"outer": {"$ref": "#/$defs/Outer"}}}
    assert [flaw.path for flaw in flaws(value, schema, document)] == [path]
