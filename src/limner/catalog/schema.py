"""How a model is written in a data file: validated here, then turned into `core.models.Model`."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from limner.catalog.sizes import makes, parse_ratio, possible
from limner.core.errors import UserError
from limner.core.models import (
    Ability,
    FreeSizes,
    Hosting,
    InputNeeds,
    Lifecycle,
    Limits,
    MaskNeeds,
    Model,
    Sizes,
)
from limner.core.money import USD
from limner.core.operations import Operation
from limner.core.pictures import Format, Role, Size
from limner.core.prices import (
    Free,
    PerArea,
    PerImage,
    PerMegapixel,
    PerStep,
    PerToken,
    PriceRule,
    Tariffed,
    Unpublished,
)
from limner.core.requests import Classification, Tier, parse_regions


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _size(value: object) -> object:
    """Read a size; pydantic only collects errors of its own kind."""
    try:
        return Size.parse(value) if isinstance(value, str) else value
    except UserError as error:
        raise ValueError(error.message) from None


def _ratio(text: str) -> str:
    try:
        parse_ratio(text)
    except UserError as error:
        raise ValueError(error.message) from None
    return text


_Size = Annotated[Size, BeforeValidator(_size)]


def _region(text: str) -> str:
    """A region as requests name it, or a wish for it would never be met."""
    if parse_regions(text) != (text,):
        raise ValueError('a region is one word in small letters, such as "eu"')
    return text


def _address(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ValueError("an address begins with https://")
    return text


_Ratio = Annotated[str, AfterValidator(_ratio)]
_Region = Annotated[str, AfterValidator(_region)]
_Address = Annotated[str, AfterValidator(_address)]


def _has_float(value: object) -> bool:
    """Whether a binary fraction stands anywhere in it."""
    if isinstance(value, Mapping):
        return any(_has_float(part) for part in cast("Mapping[str, object]", value).values())
    if isinstance(value, list):
        return any(_has_float(part) for part in cast("list[object]", value))
    return isinstance(value, float)


class SizesSpec(_Strict):
    """`core.models.Sizes` with its sizes as text."""

    fixed: tuple[_Size, ...] = ()
    free: FreeSizes | None = None
    ratios: tuple[_Ratio, ...] = ()
    default: _Size | None = None
    follows_source: bool = False
    follows_shape: bool = False

    def build(self) -> Sizes:
        """Turn it into the vocabulary's value."""
        return Sizes(
            self.fixed, self.free, self.ratios, self.default, self.follows_source, self.follows_shape
        )


class InputsSpec(_Strict):
    """`core.models.InputNeeds` with its sizes as text."""

    formats: tuple[Format, ...] = InputNeeds().formats
    most_bytes: int | None = None
    least_edge: int = 1
    most_edge: int | None = None
    least_pixels: int = 1
    most_pixels: int | None = None
    multiple: int = 1
    widest: Fraction | None = None
    same_size_as_result: bool = False
    letterbox: _Size | None = None

    def build(self) -> InputNeeds:
        """Turn it into the vocabulary's value."""
        return InputNeeds(**{name: getattr(self, name) for name in type(self).model_fields})


class PriceSpec(_Strict):
    """One price: exactly one rule, for which operations, in which unit."""

    image: PerImage | None = None
    token: PerToken | None = None
    megapixel: PerMegapixel | None = None
    step: PerStep | None = None
    area: PerArea | None = None
    free: Literal[True] | None = None
    unpublished: Literal[True] | None = None
    operations: frozenset[Operation] = frozenset()
    formats: frozenset[Format] = frozenset()
    tools: frozenset[str] = frozenset()
    styles: frozenset[str] = frozenset()
    scales: frozenset[int] = frozenset()
    unit: str = USD
    usd_per_unit: Decimal | None = None
    """Absent: 1 for US dollars, not known for other units."""
    most_usd_per_unit: Decimal | None = None
    uncertain: bool = False
    preparing: Decimal | None = None
    source: str = ""

    @model_validator(mode="before")
    @classmethod
    def _amounts_are_text(cls, value: object) -> object:
        if _has_float(value):
            raise ValueError('amounts are written as text, such as "0.04"')
        return value

    @model_validator(mode="after")
    def _one_rule(self) -> Self:
        if len(self._rules()) != 1:
            raise ValueError("needs exactly one of image, token, megapixel, step, area, free, unpublished")
        return self

    def _rules(self) -> list[PriceRule]:
        given = [self.image, self.token, self.megapixel, self.step, self.area]
        rules: list[PriceRule] = [rule for rule in given if rule is not None]
        return rules + [Free()] * bool(self.free) + [Unpublished()] * bool(self.unpublished)

    def build(self, source: str) -> Tariffed:
        """Turn it into the vocabulary's value; `source` is the model's, where it names none."""
        rate = Decimal(1) if self.unit == USD else self.usd_per_unit
        return Tariffed(
            self._rules()[0],
            operations=self.operations,
            formats=self.formats,
            tools=self.tools,
            styles=self.styles,
            scales=frozenset(float(one) for one in self.scales),
            unit=self.unit,
            usd_per_unit=rate,
            most_usd_per_unit=self.most_usd_per_unit,
            uncertain=self.uncertain,
            preparing=self.preparing,
            source=self.source or source,
        )


class ModelSpec(_Strict):
    """One model as a data file has it, inheritance resolved."""

    source: str = Field(min_length=1)
    checked_on: date
    abilities: dict[Operation, Ability | Literal[False]]
    title: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    snapshots: tuple[str, ...] = ()
    priority: int = 100
    tier: Tier = Tier.STANDARD
    lifecycle: Lifecycle = Lifecycle.LIVE
    shutdown_on: date | None = None
    successor: str | None = None
    hosting: Hosting = Hosting.VENDOR
    regions: tuple[_Region, ...] = ()
    addresses: dict[_Region, _Address] = Field(default_factory=dict[str, str])
    classification: Classification | None = None
    data_terms: str = ""
    licence: str | None = None
    sizes: SizesSpec = Field(default_factory=SizesSpec)
    inputs: InputsSpec = Field(default_factory=InputsSpec)
    reference_inputs: dict[Role, InputsSpec] = Field(default_factory=dict[Role, InputsSpec])
    mask: MaskNeeds | None = None
    limits: Limits = Field(default_factory=Limits)
    prices: tuple[PriceSpec, ...] = ()
    wire: dict[str, Any] = Field(default_factory=dict)
    extras: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _abilities_are_native(self) -> Self:
        for operation, ability in self.abilities.items():
            if not ability or ability.through is None:
                continue
            native = self.abilities.get(ability.through)
            if not native or native.through is not None:
                raise ValueError(
                    f"{operation} goes through {ability.through}, which the model does not do natively"
                )
        return self

    @model_validator(mode="after")
    def _sizes_are_possible(self) -> Self:
        sizes = self.sizes.build()
        if sizes.free is not None and possible(sizes.free) is None:
            raise ValueError("no size keeps all the bounds of sizes.free")
        if sizes.default is not None and (sizes.fixed or sizes.free) and not makes(sizes, sizes.default):
            raise ValueError(f"sizes.default {sizes.default} is none the model makes")
        return self

    @model_validator(mode="after")
    def _limits_are_in_order(self) -> Self:
        limits = self.limits
        for name in ("seed", "strength", "guidance", "steps"):
            bounds = getattr(limits, name)
            if bounds is not None and bounds[0] > bounds[1]:
                raise ValueError(f"limits.{name} ends before it begins")
        if limits.n < 1:
            raise ValueError("limits.n is at least 1")
        if not set(limits.single) <= set(limits.formats):
            raise ValueError("limits.single names a format that limits.formats does not")
        return self

    def build(self, provider: str, name: str) -> Model:
        """Turn it into a model. `wire["model"]` is the name unless the file says otherwise."""
        abilities = {operation: ability for operation, ability in self.abilities.items() if ability}
        return Model(
            id=f"{provider}/{name}",
            provider=provider,
            name=name,
            abilities=MappingProxyType(abilities),
            source=self.source,
            checked_on=self.checked_on,
            title=self.title,
            description=self.description,
            aliases=self.aliases,
            snapshots=self.snapshots,
            priority=self.priority,
            tier=self.tier,
            lifecycle=self.lifecycle,
            shutdown_on=self.shutdown_on,
            successor=self.successor,
            hosting=self.hosting,
            regions=self.regions,
            addresses=MappingProxyType(dict(self.addresses)),
            classification=self.classification,
            data_terms=self.data_terms,
            licence=self.licence,
            sizes=self.sizes.build(),
            inputs=self.inputs.build(),
            reference_inputs=MappingProxyType(
                {role: needs.build() for role, needs in self.reference_inputs.items()}
            ),
            mask=self.mask,
            limits=replace(self.limits, qualities=MappingProxyType(dict(self.limits.qualities))),
            prices=tuple(price.build(self.source) for price in self.prices),
            wire=_frozen({"model": name, **self.wire}),
            extras=_frozen(self.extras),
        )


def _frozen(table: Mapping[str, object]) -> Mapping[str, object]:
    """Make nested tables and lists read-only, as the facts are shared by everybody."""
    return MappingProxyType({key: _froze(value) for key, value in table.items()})


def _froze(value: object) -> object:
    if isinstance(value, Mapping):
        return _frozen(cast("Mapping[str, object]", value))
    if isinstance(value, list):
        return tuple(_froze(part) for part in cast("list[object]", value))
    return value
