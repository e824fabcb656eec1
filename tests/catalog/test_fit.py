from typing import Any

import pytest

from limner.catalog.fit import Fitted, fit
from limner.core.errors import UserError
from limner.core.models import Ability, FreeSizes, Limits, Model, Sizes
from limner.core.notes import Note, NoteKind
from limner.core.operations import Need, Operation
from limner.core.pictures import Format, Mask, Reference, Role, Size
from limner.core.requests import Mode, Request, Tier
from tests.catalog.samples import ask, mask, model, picture

FREE = Sizes(free=FreeSizes(multiple=16, least_edge=64, most_edge=2048))
THREE = Sizes(fixed=(Size(1024, 1024), Size(1536, 1024), Size(1024, 1536)))


def limited(**limits: Any) -> Model:
    return model(limits=Limits(**limits))


def emulating(operation: Operation, **ability: Any) -> Model:
    """A model that edits natively, and does one more thing through that."""
    known: dict[str, Any] = {"images": (1, 1), "through": Operation.EDIT, **ability}
    return model(
        abilities={
            Operation.EDIT: Ability(images=(1, 4), mask=Need.OPTIONAL),
            operation: Ability(**known),
        }
    )


def only(fitted: Fitted) -> Request:
    assert len(fitted.orders) == 1
    return fitted.orders[0]


def note(fitted: Fitted, field: str) -> Note:
    found = [one for one in fitted.notes if one.field == field]
    assert len(found) == 1, fitted.notes
    return found[0]


def refusal(request: Request, served_by: Model, canvas: Size | None = None) -> UserError:
    with pytest.raises(UserError) as caught:
        fit(request, served_by, canvas=canvas)
    return caught.value


def test_what_the_model_takes_is_sent_as_it_is():
    wish = ask()
    fitted = fit(wish, model())
    assert only(fitted) == wish
    assert fitted.notes == ()
    assert (fitted.deliver, fitted.encode, fitted.quality) == (None, None, None)


def test_an_operation_the_model_lacks_is_refused_with_those_it_has():
    error = refusal(ask(Operation.UPSCALE), model())
    assert error.code == "unsupported_operation"
    assert "inpaint" in error.remedy


# --- operations and words ----------------------------------------------------------------


def test_an_emulated_operation_is_said_in_words_before_the_callers_own():
    served = emulating(Operation.RESTYLE, prompt=Need.OPTIONAL, instruction="Repaint it.")
    fitted = fit(ask(Operation.RESTYLE, prompt="as a woodcut"), served)
    order = only(fitted)
    assert order.operation is Operation.EDIT
    assert order.prompt == "Repaint it. as a woodcut"
    assert note(fitted, "operation").kind is NoteKind.EMULATED
    assert (note(fitted, "operation").asked, note(fitted, "operation").used) == ("restyle", "edit")
    assert note(fitted, "prompt").used == order.prompt


def test_the_instruction_alone_serves_when_there_are_no_words():
    served = emulating(Operation.RELIGHT, prompt=Need.OPTIONAL, instruction="Change the light.")
    assert only(fit(ask(Operation.RELIGHT, prompt=""), served)).prompt == "Change the light."


def test_a_style_is_said_in_words_where_the_model_has_no_such_field():
    served = emulating(Operation.RESTYLE, prompt=Need.OPTIONAL, instruction="Repaint it.")
    fitted = fit(ask(Operation.RESTYLE, prompt="", style="ukiyo-e"), served)
    assert only(fitted).prompt == "Repaint it. Style: ukiyo-e."
    assert note(fitted, "style").kind is NoteKind.EMULATED


def test_what_to_look_for_is_said_in_words():
    served = emulating(Operation.SEARCH_REPLACE, instruction="Replace {search}:")
    fitted = fit(ask(Operation.SEARCH_REPLACE, prompt="a fez", search="the {prompt} hat"), served)
    assert only(fitted).prompt == "Replace the {prompt} hat: a fez"
    assert only(fitted).search is None
    assert note(fitted, "search").asked == "the {prompt} hat"


def test_a_mask_says_where_to_look_and_nothing_at_all_is_refused():
    served = emulating(Operation.RECOLOR, mask=Need.OPTIONAL, instruction="Recolour {search}:")
    assert "what the mask covers" in only(fit(ask(Operation.RECOLOR, mask=mask()), served)).prompt
    error = refusal(ask(Operation.RECOLOR), served)
    assert (error.code, error.field) == ("missing_search", "search")


def test_strict_allows_other_means():
    served = emulating(Operation.RELIGHT, instruction="Change the light.")
    assert only(fit(ask(Operation.RELIGHT, mode=Mode.STRICT), served)).operation is Operation.EDIT


def test_a_prompt_the_model_needs_is_asked_for():
    served = model(abilities={Operation.VARIATION: Ability(images=(1, 1))})
    assert refusal(ask(Operation.VARIATION, prompt=" "), served).code == "empty_prompt"


def test_words_the_model_cannot_take_are_left_out_with_a_note():
    served = model(abilities={Operation.REMOVE_BACKGROUND: Ability(Need.UNUSED, (1, 1))})
    wish = ask(Operation.REMOVE_BACKGROUND, prompt="please")
    fitted = fit(wish, served)
    assert only(fitted).prompt == ""
    assert note(fitted, "prompt").kind is NoteKind.DROPPED
    assert refusal(wish.replace(mode=Mode.STRICT), served).field == "prompt"


@pytest.mark.parametrize("mode", [Mode.STRICT, Mode.ADAPT])
def test_a_prompt_that_is_too_long_is_refused(mode: Mode):
    error = refusal(ask(prompt="x" * 11, mode=mode), limited(prompt=10))
    assert error.code == "prompt_too_long"
    assert "11" in error.message
    assert "10" in error.message


def test_only_best_effort_cuts_a_prompt_off():
    fitted = fit(ask(prompt="x" * 11, mode=Mode.BEST_EFFORT), limited(prompt=10))
    assert only(fitted).prompt == "x" * 10
    assert note(fitted, "prompt").kind is NoteKind.ADAPTED


def test_the_instruction_counts_for_the_length():
    served = emulating(Operation.RELIGHT, instruction="Change the light.")
    served = model(abilities=served.abilities, limits=Limits(prompt=20))
    assert refusal(ask(Operation.RELIGHT, prompt="softer"), served).code == "prompt_too_long"


def test_a_negative_prompt_is_kept_dropped_or_refused():
    wish = ask(negative_prompt="rain")
    assert only(fit(wish, limited(negative_prompt=10))).negative_prompt == "rain"
    fitted = fit(wish, model())
    assert only(fitted).negative_prompt is None
    assert note(fitted, "negative_prompt").asked == "rain"
    assert refusal(wish.replace(mode=Mode.STRICT), model()).code == "unsupported_field"
    assert (
        refusal(wish.replace(negative_prompt="x" * 11), limited(negative_prompt=10)).field
        == "negative_prompt"
    )


def test_a_style_is_spelled_as_the_model_spells_it():
    served = limited(styles=("Vivid", "natural"))
    assert only(fit(ask(style="natural"), served)).style == "natural"
    fitted = fit(ask(style="vivid"), served)
    assert only(fitted).style == "Vivid"
    assert note(fitted, "style").used == "Vivid"
    assert note(fit(ask(style="baroque"), served), "style").kind is NoteKind.DROPPED


@pytest.mark.parametrize(
    ("field", "value"),
    [("search", "the hat"), ("scale", 2.0), ("tool", "acme/lineart")],
)
def test_what_another_operation_needs_is_left_out_with_a_note(field: str, value: Any):
    fitted = fit(ask().replace(**{field: value}), model())
    assert getattr(only(fitted), field) is None
    assert note(fitted, field).kind is NoteKind.DROPPED


def test_a_tool_the_model_does_not_have_is_always_refused():
    served = model(abilities={Operation.TOOL: Ability(Need.OPTIONAL)}, limits=Limits(tools=("lineart",)))
    assert only(fit(ask(Operation.TOOL), served)).tool == "acme/lineart"
    error = refusal(ask(Operation.TOOL, tool="acme/levitate", mode=Mode.BEST_EFFORT), served)
    assert (error.code, error.suggestions) == ("unknown_tool", ("lineart",))


# --- numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "asked", "used"), [("strength", 0.95, 0.9), ("guidance", 0.5, 1.0), ("steps", 80, 50)]
)
def test_a_number_is_brought_into_the_models_range(field: str, asked: float, used: float):
    served = limited(strength=(0, 0.9), guidance=(1, 10), steps=(1, 50))
    wish = ask().replace(**{field: asked})
    fitted = fit(wish, served)
    value = getattr(only(fitted), field)
    assert value == used
    assert type(value) is type(asked)
    assert (note(fitted, field).asked, note(fitted, field).used) == (str(asked), str(used))
    error = refusal(wish.replace(mode=Mode.STRICT), served)
    assert (error.code, error.suggestions) == ("out_of_range", (str(used),))


@pytest.mark.parametrize("field", ["strength", "guidance", "steps", "seed"])
def test_a_number_the_model_has_no_field_for_is_left_out_with_a_note(field: str):
    fitted = fit(ask().replace(**{field: 1}), model())
    assert getattr(only(fitted), field) is None
    assert note(fitted, field).kind is NoteKind.DROPPED


@pytest.mark.parametrize(
    ("tier", "used", "word"),
    [
        (Tier.STANDARD, Tier.STANDARD, "medium"),
        (Tier.DRAFT, Tier.STANDARD, "medium"),
        (Tier.ULTRA, Tier.HIGH, "high"),
    ],
)
def test_a_tier_is_said_in_the_wires_word(tier: Tier, used: Tier, word: str):
    served = limited(qualities={Tier.STANDARD: "medium", Tier.HIGH: "high"})
    fitted = fit(ask(quality=tier), served)
    assert (only(fitted).quality, fitted.quality) == (used, word)
    assert (used is tier) == (not fitted.notes)


def test_a_tier_no_model_word_stands_for_is_left_out():
    fitted = fit(ask(quality=Tier.HIGH), model())
    assert (only(fitted).quality, fitted.quality) == (None, None)
    assert note(fitted, "quality").asked == "high"


def test_many_pictures_go_out_as_several_calls_with_seeds_of_their_own():
    fitted = fit(ask(n=8, seed=5), limited(n=3, seed=(0, 9)))
    assert [(order.n, order.seed) for order in fitted.orders] == [(3, 5), (3, 8), (2, 1)]
    split = note(fitted, "n")
    assert split.kind is NoteKind.SPLIT
    assert (split.asked, split.used) == ("8", "3 + 3 + 2")


def test_several_calls_without_a_seed_have_none():
    assert [order.seed for order in fit(ask(n=3), limited(n=1)).orders] == [None] * 3


def test_a_format_made_singly_goes_out_singly_and_without_previews():
    served = limited(n=10, formats=(Format.PNG, Format.SVG), single=(Format.SVG,), partial_images=3)
    fitted = fit(ask(n=2, format=Format.SVG, partial_images=2), served)
    assert [order.n for order in fitted.orders] == [1, 1]
    assert note(fitted, "partial_images").kind is NoteKind.DROPPED
    assert len(fit(ask(n=2, format=Format.PNG), served).orders) == 1


def test_previews_are_limited():
    assert only(fit(ask(partial_images=5), limited(partial_images=3))).partial_images == 3
    fitted = fit(ask(partial_images=5), model())
    assert only(fitted).partial_images == 0
    assert note(fitted, "partial_images").kind is NoteKind.DROPPED


# --- pictures ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", list(Mode))
def test_too_many_pictures_are_refused_never_dropped(mode: Mode):
    served = model(abilities={Operation.EDIT: Ability(images=(1, 1))})
    error = refusal(ask(Operation.EDIT, images=(picture(), picture()), mode=mode), served)
    assert (error.code, error.field) == ("too_many_images", "images")


def test_too_few_pictures_are_refused():
    served = model(abilities={Operation.EDIT: Ability(images=(2, 3))})
    assert refusal(ask(Operation.EDIT), served).code == "missing_image"


def test_references_over_the_limit_are_refused_or_dropped_with_a_note():
    served = limited(references=1)
    shown = tuple(Reference(picture(), role) for role in (Role.SOURCE, Role.STYLE))
    assert refusal(ask(references=shown), served).code == "too_many_references"
    fitted = fit(ask(references=shown, mode=Mode.BEST_EFFORT), served)
    assert only(fitted).references == shown[:1]
    assert note(fitted, "references").kind is NoteKind.DROPPED


def test_sources_and_references_share_the_limit_of_pictures():
    served = limited(references=4, pictures=4)
    shown = (Reference(picture()),) * 2
    assert (
        len(only(fit(ask(Operation.EDIT, images=(picture(),) * 2, references=shown), served)).references) == 2
    )
    wish = ask(Operation.EDIT, images=(picture(),) * 3, references=shown)
    assert refusal(wish, served).code == "too_many_references"


def test_a_role_the_model_does_not_know_and_a_strength_it_does_not_take():
    served = limited(references=1, roles=(Role.STYLE,))
    fitted = fit(ask(references=(Reference(picture(), Role.SUBJECT, 0.4),)), served)
    assert only(fitted).references == (Reference(picture(), Role.STYLE),)
    assert [one.kind for one in fitted.notes] == [NoteKind.ADAPTED, NoteKind.DROPPED]
    kept = fit(
        ask(references=(Reference(picture(), Role.STYLE, 0.4),)),
        limited(references=1, reference_strength=True),
    )
    assert only(kept).references[0].strength == 0.4


def test_a_mask_is_kept_and_a_missing_one_is_asked_for():
    over = Mask(picture())
    assert only(fit(ask(Operation.EDIT, mask=over), model())).mask is over
    served = model(abilities={Operation.EDIT: Ability(images=(1, 1), mask=Need.REQUIRED)})
    assert refusal(ask(Operation.EDIT), served).code == "missing_mask"


def test_outpainting_through_a_mask_needs_none_from_the_caller():
    served = model(
        abilities={
            Operation.INPAINT: Ability(images=(1, 1), mask=Need.REQUIRED),
            Operation.OUTPAINT: Ability(
                Need.OPTIONAL, (1, 1), Need.REQUIRED, Operation.INPAINT, instruction="Continue."
            ),
        }
    )
    order = only(fit(ask(Operation.OUTPAINT, prompt=""), served, canvas=Size(864, 600)))
    assert (order.operation, order.prompt) == (Operation.INPAINT, "Continue.")


# --- sizes -------------------------------------------------------------------------------


def test_a_size_the_model_makes_is_asked_for():
    fitted = fit(ask(size=Size(640, 480)), model(sizes=FREE))
    assert (only(fitted).size, fitted.deliver, fitted.notes) == (Size(640, 480), None, ())


def test_a_size_it_does_not_make_is_brought_to_what_was_asked():
    wish = ask(size=Size(1500, 850))
    fitted = fit(wish, model(sizes=THREE))
    assert (only(fitted).size, fitted.deliver) == (Size(1536, 1024), Size(1500, 850))
    assert (note(fitted, "size").asked, note(fitted, "size").used) == ("1500x850", "1536x1024")
    error = refusal(wish.replace(mode=Mode.STRICT), model(sizes=THREE))
    assert (error.field, error.suggestions) == ("size", ("1536x1024",))


def test_portrait_stays_portrait():
    assert only(fit(ask(size=Size(1080, 1350)), model(sizes=THREE))).size == Size(1024, 1536)


def test_a_model_that_takes_shapes_gets_one_and_the_size_is_delivered():
    fitted = fit(ask(size=Size(1920, 1080)), model(sizes=Sizes(ratios=("1:1", "16:9"))))
    assert (only(fitted).size, only(fitted).aspect_ratio) == (None, "16:9")
    assert fitted.deliver == Size(1920, 1080)
    assert note(fitted, "size").used == "16:9"


def test_a_model_that_decides_alone_gets_no_size():
    fitted = fit(ask(size=Size(640, 480)), model())
    assert (only(fitted).size, fitted.deliver) == (None, Size(640, 480))
    default = fit(ask(size=Size(640, 480)), model(sizes=Sizes(default=Size(640, 480))))
    assert (default.deliver, default.notes) == (None, ())


@pytest.mark.parametrize(
    ("sizes", "size", "name", "deliver", "noted"),
    [
        (FREE, Size(1280, 720), None, None, False),
        (THREE, Size(1536, 1024), None, Size(1536, 864), True),
        (Sizes(ratios=("16:9", "1:1")), None, "16:9", None, False),
        (Sizes(ratios=("3:2", "1:1")), None, "3:2", None, True),
        (Sizes(default=Size(1024, 1024)), None, None, Size(1024, 576), True),
        (Sizes(), None, None, None, True),
    ],
)
def test_a_shape_is_asked_for_cut_or_noted(
    sizes: Sizes, size: Size | None, name: str | None, deliver: Size | None, noted: bool
):
    fitted = fit(ask(aspect_ratio="16:9"), model(sizes=sizes))
    order = only(fitted)
    assert (order.size, order.aspect_ratio, fitted.deliver) == (size, name, deliver)
    assert bool(fitted.notes) is noted


def test_a_shape_beside_a_size_says_nothing_or_is_left_out():
    assert fit(ask(size=Size(1280, 720), aspect_ratio="16:9"), model(sizes=FREE)).notes == ()
    fitted = fit(ask(size=Size(1280, 720), aspect_ratio="1:1"), model(sizes=FREE))
    assert note(fitted, "aspect_ratio").kind is NoteKind.DROPPED


def test_a_ratio_that_cannot_be_read_is_refused():
    assert refusal(ask(aspect_ratio="wide"), model(sizes=FREE)).code == "invalid_aspect_ratio"


def test_an_edit_comes_back_in_the_size_of_the_picture():
    exact = fit(ask(Operation.EDIT), model(sizes=FREE), canvas=Size(800, 608))
    assert (only(exact).size, exact.deliver, exact.notes) == (Size(800, 608), None, ())
    near = fit(ask(Operation.EDIT), model(sizes=FREE), canvas=Size(800, 600))
    assert (only(near).size, near.deliver) == (Size(800, 608), Size(800, 600))
    assert note(near, "size").kind is NoteKind.CHOSEN
    follows = fit(ask(Operation.EDIT), model(sizes=Sizes(follows_source=True)), canvas=Size(800, 600))
    assert (only(follows).size, follows.deliver, follows.notes) == (None, None, ())
    named = fit(ask(Operation.EDIT), model(sizes=Sizes(ratios=("1:1", "3:2"))), canvas=Size(800, 600))
    assert only(named).aspect_ratio == "3:2"


def test_a_region_is_sent_near_its_own_size_and_the_whole_is_delivered_as_asked():
    wish = ask(Operation.INPAINT, size=Size(400, 300))
    fitted = fit(wish, model(sizes=FREE), canvas=Size(250, 190))
    assert (only(fitted).size, fitted.deliver) == (Size(256, 192), Size(400, 300))
    assert fitted.notes == ()
    assert fit(wish.replace(size=None), model(sizes=FREE), canvas=Size(250, 190)).deliver is None


def test_enlarging_by_what_the_model_has():
    served = model(
        abilities={Operation.UPSCALE: Ability(Need.UNUSED, (1, 1), size=False)}, limits=Limits(scales=(2, 4))
    )
    canvas = Size(100, 80)

    def enlarged(**wish: Any) -> Fitted:
        return fit(ask(Operation.UPSCALE, prompt="", **wish), served, canvas=canvas)

    assert (only(enlarged(scale=2.0)).scale, enlarged(scale=2.0).notes) == (2.0, ())
    three = enlarged(scale=3.0)
    assert (only(three).scale, three.deliver) == (4, Size(300, 240))
    assert note(three, "scale").used == "4"
    assert only(enlarged(scale=9.0)).scale == 4
    to_size = enlarged(size=Size(200, 160))
    assert (only(to_size).scale, to_size.deliver) == (2, None)
    near = enlarged(size=Size(250, 200))
    assert (only(near).scale, near.deliver) == (4, Size(250, 200))
    assert enlarged().notes == ()


# --- encoding ----------------------------------------------------------------------------

PNG_JPEG: dict[str, Any] = {"formats": (Format.PNG, Format.JPEG), "compression": True}


def test_a_format_the_model_makes_is_asked_for():
    fitted = fit(ask(format=Format.JPEG, compression=80), limited(**PNG_JPEG))
    assert (only(fitted).format, only(fitted).compression, fitted.encode) == (Format.JPEG, 80, None)
    assert fitted.notes == ()


def test_a_format_it_does_not_make_is_written_here_from_a_lossless_one():
    fitted = fit(ask(format=Format.WEBP, compression=80), limited(**PNG_JPEG))
    assert (only(fitted).format, only(fitted).compression, fitted.encode) == (Format.PNG, None, Format.WEBP)
    assert note(fitted, "format").used == "png"
    assert fit(ask(format=Format.WEBP, mode=Mode.STRICT), limited(**PNG_JPEG)).encode is Format.WEBP


def test_compression_the_model_does_not_take_is_done_here():
    fitted = fit(ask(format=Format.JPEG, compression=80), limited(formats=(Format.PNG, Format.JPEG)))
    assert (only(fitted).format, fitted.encode) == (Format.PNG, Format.JPEG)
    assert note(fitted, "compression").kind is NoteKind.EMULATED


@pytest.mark.parametrize("form", [None, Format.PNG])
def test_compression_of_what_is_lossless_is_left_out(form: Format | None):
    fitted = fit(ask(format=form, compression=80), limited(**PNG_JPEG))
    assert only(fitted).compression is None
    assert note(fitted, "compression").kind is NoteKind.DROPPED


def test_pixels_do_not_become_an_svg():
    assert refusal(ask(format=Format.SVG), limited(**PNG_JPEG)).code == "unsupported_format"
    served = limited(formats=(Format.PNG, Format.SVG))
    assert only(fit(ask(format=Format.SVG), served)).format is Format.SVG
    assert refusal(ask(Operation.INPAINT, format=Format.SVG), served).code == "unsupported_format"


def test_what_is_put_back_is_asked_for_lossless_and_written_here():
    fitted = fit(ask(Operation.INPAINT, format=Format.JPEG), limited(**PNG_JPEG), canvas=Size(800, 600))
    assert (only(fitted).format, fitted.encode) == (Format.PNG, Format.JPEG)


def test_a_transparent_background_needs_a_format_that_holds_it():
    served = limited(**PNG_JPEG, backgrounds=("auto", "transparent"))
    for mode in Mode:
        wish = ask(background="transparent", format=Format.JPEG, mode=mode)
        assert refusal(wish, served).code == "format_without_transparency"
    fitted = fit(ask(background="transparent"), served)
    assert only(fitted).format is Format.PNG
    assert note(fitted, "format").kind is NoteKind.CHOSEN
    assert fit(ask(background="transparent", format=Format.PNG), served).notes == ()


def test_a_background_the_model_does_not_make():
    error = refusal(ask(background="transparent"), model())
    assert (error.code, error.field) == ("unsupported_background", "background")
    fitted = fit(ask(background="transparent", mode=Mode.BEST_EFFORT), model())
    assert only(fitted).background is None
    assert note(fitted, "background").kind is NoteKind.DROPPED
    assert note(fit(ask(background="opaque"), model()), "background").kind is NoteKind.DROPPED


def test_what_runs_here_is_free_and_what_has_no_price_is_not():
    assert not fit(ask(), model()).free
