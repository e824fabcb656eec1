"""What a finished picture says of its origin: the provider's record, Limner's signature, a word of IPTC's."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from limner.core.errors import ImageProcessing
from limner.core.models import Model
from limner.core.notes import Note, NoteKind
from limner.core.operations import Operation
from limner.core.requests import Request
from limner.pixels.arrays import Pixels
from limner.pixels.kinds import kind_of
from limner.pixels.provenance.label import labelled
from limner.pixels.provenance.record import SIGNABLE, Origin, embedded
from limner.pixels.provenance.source import DigitalSource, xmp

if TYPE_CHECKING:
    from limner.pixels.provenance.manifest import SigningKey

_ANEW: Final = frozenset({Operation.STRUCTURE, Operation.VARIATION})
"""A trained model paints another picture after the one given: none of its pixels are kept."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an operator has set up."""

    key: "SigningKey | None" = None
    """Absent: nothing is signed."""
    label: str | None = None
    """Written visibly into every picture that Limner encodes. Absent: none is."""

    def packet(self, model: Model, request: Request) -> bytes:
        """The metadata that names the digital source type."""
        return xmp(_source(model, request))

    def labelled(self, pixels: Pixels) -> Pixels:
        """The picture with the operator's label, where there is one."""
        return pixels if self.label is None else labelled(pixels, self.label)

    def signs(self, data: bytes, media_type: str) -> bool:
        """Whether a file that is otherwise as asked is to be signed: it has no record of its own."""
        return self.key is not None and media_type in SIGNABLE and not embedded(data, media_type)

    def passed(self, data: bytes, media_type: str) -> Note | None:
        """What to say of bytes that pass through untouched. `None`: nothing."""
        if embedded(data, media_type):
            return _note("The record of origin that the provider put in is untouched.")
        return _unsignable(media_type) if self.key is not None and media_type not in SIGNABLE else None

    def signed(
        self, data: bytes, media_type: str, model: Model, request: Request, *, painted: bytes | None
    ) -> tuple[bytes, Note]:
        """Sign a picture that Limner has made or changed.

        Args:
            data: the finished file.
            media_type: what it is.
            model: who painted.
            request: as asked, with its pictures as they were given.
            painted: what the provider delivered, when it was changed afterwards. Absent: it was not.

        Returns:
            The file to deliver, and a note that says what was done.
        """
        origin = _origin(model, request, painted)
        if self.key is None:
            return data, _note(_unsigned(origin))
        if media_type not in SIGNABLE:
            return data, _unsignable(media_type)
        try:
            return self.key.sign(data, media_type, origin), _note(_signed(self.key, origin))
        except ImageProcessing as error:
            # The picture is paid for: it is delivered all the same.
            return data, _note(f"Not signed: {error.message}")


def _unsignable(media_type: str) -> Note:
    kind = media_type.partition("/")[2].partition("+")[0].upper()
    return _note(f"Not signed: {kind} cannot carry a record of origin here.")


def _unsigned(origin: Origin) -> str:
    """Without a key: a record that is lost weighs more than one that never was."""
    came = [data for data in (origin.parent, origin.painted) if data is not None and _carries(data)]
    if came:
        return "The record of origin that came with the picture is not carried on: no signing key is set up."
    return "Not signed: no signing key is set up."


def _carries(data: bytes) -> bool:
    kind = kind_of(data)
    return kind is not None and embedded(data, kind.media_type)


def _signed(key: "SigningKey", origin: Origin) -> str:
    report = key.standing
    told = f"Signed by {report.signer} as {origin.source.value}"
    if report.standing.value == "trusted":
        return f"{told}."
    return f"{told}, untrusted: nobody in LIMNER_TRUST_ANCHORS vouches for the certificate."


def _changed(model: Model, request: Request) -> bool:
    """Whether the result is the first picture given, changed."""
    return bool(request.images) and (model.procedural or request.operation not in _ANEW)


def _source(model: Model, request: Request) -> DigitalSource:
    return DigitalSource.of(procedural=model.procedural, given=_changed(model, request))


def _origin(model: Model, request: Request, painted: bytes | None) -> Origin:
    given = [picture.data for picture in request.images]
    changed = _changed(model, request)
    return Origin(
        source=_source(model, request),
        operation=request.operation,
        model=model.id,
        parent=given[0] if changed else None,
        painted=painted,
        inputs=(*given[int(changed) :], *(reference.picture.data for reference in request.references)),
    )


def _note(text: str) -> Note:
    return Note(NoteKind.PROVENANCE, text)
