"""Promise 3: nothing is silent. Each field of any request is sent as asked, noted, or refused."""

from hypothesis import given, settings

from limner.catalog.encoding import _LOSSY
from limner.catalog.fit import Fitted, fit
from limner.catalog.frame import pasted
from limner.catalog.sizes import makes, parse_ratio
from limner.core.errors import Billed, UserError
from limner.core.models import Model
from limner.core.notes import NoteKind
from limner.core.operations import Operation
from limner.core.requests import Mode, Request
from tests.catalog.samples import models, requests

UNTOUCHED = (
    *("model", "provider", "images", "mask", "options", "mode", "allow_fallback", "max_cost"),
    *("strategy", "regions", "classification", "deadline", "user", "idempotency_key", "margins", "tool"),
)
SENT_OR_NOTED = (
    *("operation", "prompt", "negative_prompt", "references", "quality", "strength", "guidance", "steps"),
    *("style", "background", "search", "scale", "partial_images", "tool", "margins"),
)


def attempt(request: Request, model: Model) -> Fitted | None:
    """Fit, or nothing when it is refused in a way a person can act on."""
    canvas = request.images[0].size if request.images else None
    try:
        return fit(request, model, canvas=canvas)
    except UserError as error:
        check_actionable(error)
        return None


def check_actionable(error: UserError) -> None:
    assert error.field
    assert error.remedy
    assert error.billed is Billed.NO


def noted(fitted: Fitted, field: str) -> bool:
    return any(note.field == field for note in fitted.notes)


@settings(max_examples=200)
@given(requests(), models())
def test_every_field_is_sent_as_asked_or_noted_or_refused(request: Request, model: Model):
    fitted = attempt(request, model)
    if fitted is None:
        return
    for order in fitted.orders:
        for name in SENT_OR_NOTED:
            if getattr(order, name) != getattr(request, name):
                assert noted(fitted, name), name
    assert sum(order.n for order in fitted.orders) == request.n
    assert len(fitted.orders) == 1 or noted(fitted, "n")
    assert fitted.orders[0].seed == request.seed or noted(fitted, "seed")
    assert size_is_accounted_for(request, fitted)
    assert shape_is_accounted_for(request, fitted)
    assert encoding_is_accounted_for(request, fitted)
    for name in UNTOUCHED:
        if not noted(fitted, name):
            assert all(getattr(order, name) == getattr(request, name) for order in fitted.orders), name


def size_is_accounted_for(request: Request, fitted: Fitted) -> bool:
    sent = fitted.orders[0].size
    if request.size is None:
        free_choice = (
            sent is None or sent == fitted.canvas or pasted(request) or request.aspect_ratio is not None
        )
        return free_choice or noted(fitted, "size")
    if request.operation is Operation.UPSCALE and fitted.deliver is None:
        return fitted.orders[0].scale is not None
    if fitted.deliver == request.size:
        return pasted(request) or noted(fitted, "size") or request.operation is Operation.UPSCALE
    return sent == request.size or fitted.ability.size is False or noted(fitted, "size")


def shape_is_accounted_for(request: Request, fitted: Fitted) -> bool:
    if request.aspect_ratio is None or noted(fitted, "aspect_ratio"):
        return True
    wanted = parse_ratio(request.aspect_ratio)
    order = fitted.orders[0]
    if request.size is not None:
        return request.size.ratio == wanted
    if order.aspect_ratio is not None:
        return parse_ratio(order.aspect_ratio) == wanted
    if order.size is not None:
        return order.size.ratio == wanted
    comes = (
        fitted.canvas if fitted.model.sizes.follows_source and fitted.canvas else fitted.model.sizes.default
    )
    return comes is not None and comes.ratio == wanted


def encoding_is_accounted_for(request: Request, fitted: Fitted) -> bool:
    order = fitted.orders[0]
    form = pasted(request) or order.format == request.format or noted(fitted, "format")
    if fitted.encode is not None:
        form = form and fitted.encode == request.format
    elif request.format is not None:
        form = form and (order.format == request.format)
    written = fitted.encode in _LOSSY  # Limner encodes with the request's own compression
    pressed = order.compression == request.compression or written or noted(fitted, "compression")
    return form and pressed


@settings(max_examples=150)
@given(requests(), models())
def test_every_order_is_one_the_model_takes(request: Request, model: Model):
    fitted = attempt(request, model)
    if fitted is None:
        return
    limits, sizes = model.limits, model.sizes
    for order in fitted.orders:
        assert model.abilities[order.operation].through is None
        assert 1 <= order.n <= limits.n
        assert order.size is None or makes(sizes, order.size)
        assert order.aspect_ratio is None or order.aspect_ratio in sizes.ratios
        for name in ("seed", "strength", "guidance", "steps"):
            value, bounds = getattr(order, name), getattr(limits, name)
            assert value is None or bounds[0] <= value <= bounds[1]
        assert limits.prompt is None or len(order.prompt) <= limits.prompt
        assert order.negative_prompt is None or len(order.negative_prompt) <= (limits.negative_prompt or 0)
        assert order.style is None or order.style in limits.styles
        assert order.format is None or order.format in limits.formats
        assert order.background is None or order.background in limits.backgrounds
        assert order.compression is None or (limits.compression and order.format in _LOSSY)
        assert order.quality is None or order.quality in limits.qualities
        assert order.partial_images <= (limits.partial_images or 0)
        assert len(order.references) <= limits.references
        assert len(order.images) + len(order.references) <= (limits.pictures or 99) or not order.references
        assert all(not limits.roles or shown.role in limits.roles for shown in order.references)
        assert order.scale is None or not limits.scales or order.scale in limits.scales
    word = limits.qualities.get(fitted.orders[0].quality) if fitted.orders[0].quality else None
    assert fitted.quality == word


@settings(max_examples=150)
@given(requests(), models())
def test_strict_changes_nothing(request: Request, model: Model):
    fitted = attempt(request.replace(mode=Mode.STRICT), model)
    if fitted is None:
        return
    kinds = {note.kind for note in fitted.notes}
    assert not kinds & {NoteKind.ADAPTED, NoteKind.DROPPED}


@given(requests(), models())
def test_what_strict_takes_the_other_modes_take_alike(request: Request, model: Model):
    strict = attempt(request.replace(mode=Mode.STRICT), model)
    if strict is None:
        return
    for mode in (Mode.ADAPT, Mode.BEST_EFFORT):
        other = attempt(request.replace(mode=mode), model)
        assert other is not None
        assert other.notes == strict.notes
        assert [order.replace(mode=Mode.STRICT) for order in other.orders] == list(strict.orders)


@given(requests(), models())
def test_what_adapt_takes_best_effort_takes(request: Request, model: Model):
    if attempt(request.replace(mode=Mode.ADAPT), model) is not None:
        assert attempt(request.replace(mode=Mode.BEST_EFFORT), model) is not None


@settings(max_examples=100)
@given(requests(), models())
def test_no_note_cries_wolf(request: Request, model: Model):
    fitted = attempt(request, model)
    if fitted is None:
        return
    for note in fitted.notes:
        assert note.field is not None
        assert note.text.endswith(".")
        if note.kind in {NoteKind.ADAPTED, NoteKind.DROPPED}:
            sent = {getattr(order, note.field) for order in fitted.orders if note.field != "references"}
            assert sent != {getattr(request, note.field)}, note


@given(requests(), models())
def test_fitting_is_deterministic(request: Request, model: Model):
    assert attempt(request, model) == attempt(request, model)
