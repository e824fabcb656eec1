"""Where fitting writes down what is not as asked; in `strict` mode that is an error instead."""

from dataclasses import dataclass, field

from limner.core.errors import UserError
from limner.core.models import Model
from limner.core.notes import Note, NoteKind
from limner.core.requests import Mode

_MOST_SHOWN = 200


def shown(value: object) -> str:
    """A value as a note shows it: text, shortened."""
    text = str(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


@dataclass(slots=True)
class Say:
    """Collects the notes of one fitting."""

    model: Model
    mode: Mode
    notes: list[Note] = field(default_factory=list[Note])

    def adapted(self, name: str, asked: object, used: object, why: str, *, then: str = "") -> None:
        """A value was changed to one the model takes.

        Args:
            name: the field.
            asked: its value.
            used: the value instead.
            why: a sentence on the model.
            then: a sentence on what Limner makes of it. Absent: nothing.

        Raises:
            UserError: in `strict`.
        """
        if self.mode is Mode.STRICT:
            raise self.refuse(
                name,
                "out_of_range",
                f"`{name}` cannot be {shown(asked)}: {why}",
                f"Ask for {shown(used)}, or use the mode `adapt`.",
                suggestions=(shown(used),),
            )
        text = f"{why} {shown(used)} was used instead of {shown(asked)}. {then}".rstrip()
        self._note(NoteKind.ADAPTED, text, name, asked, used)

    def dropped(self, name: str, asked: object, why: str = "") -> None:
        """A field was left out, because the model has nothing like it.

        Raises:
            UserError: in `strict`.
        """
        why = why or f"{self.model.label} has no `{name}`."
        if self.mode is Mode.STRICT:
            raise self.refuse(name, "unsupported_field", why, f"Leave `{name}` out, or use the mode `adapt`.")
        self._note(NoteKind.DROPPED, f"{why} It was left out.", name, asked, None)

    def emulated(self, name: str, text: str, asked: object | None = None, used: object | None = None) -> None:
        """It is done, by other means than a call of that name. Never refused."""
        self._note(NoteKind.EMULATED, text, name, asked, used)

    def split(self, text: str, asked: object, used: object) -> None:
        """The work goes out as several calls. Never refused."""
        self._note(NoteKind.SPLIT, text, "n", asked, used)

    def chose(self, name: str, text: str, used: object) -> None:
        """Limner filled in what was left open. Never refused."""
        self._note(NoteKind.CHOSEN, text, name, None, used)

    def refuse(
        self, name: str, code: str, message: str, remedy: str, suggestions: tuple[str, ...] = ()
    ) -> UserError:
        """The error for what cannot be fitted in any way the mode allows."""
        return UserError(message, code=code, field=name, remedy=remedy, suggestions=suggestions)

    def _note(self, kind: NoteKind, text: str, name: str, asked: object | None, used: object | None) -> None:
        self.notes.append(
            Note(
                kind,
                text,
                field=name,
                asked=None if asked is None else shown(asked),
                used=None if used is None else shown(used),
            )
        )
