"""Every error Limner raises, with the facts that policy reads and people need.

    Error
    ├── UserError            the request is wrong; nothing was sent
    ├── Refused              moderation, quota, budget, permission or classification said no
    ├── ImageProcessing      the pixels could not be handled; a paid picture's bytes are kept
    ├── ProviderError        a provider answered, or could not be reached, and there is no picture
    │   ├── BadRequest       it rejected the request's form
    │   ├── Unauthorized     the key is missing, wrong, or not allowed to do this
    │   ├── OutOfCredit      the account is empty
    │   ├── RateLimited      too many calls; see `retry_after`
    │   ├── Unavailable      it is down or could not be reached
    │   ├── Malformed        it answered something that cannot be read
    │   └── TimedOut         a ticket did not finish within the deadline
    ├── StoreFailed          records or bytes could not be written; `kept` has what was in flight
    ├── OutcomeUnknown       a paid request was sent and what became of it is not known
    ├── AllFailed            every candidate failed; `errors` has them in order
    └── Cancelled            the caller stopped it

Each says what happened, whether anything was billed, and what to do next. Defaults are
pessimistic: a provider's error is not tried again and may have been billed unless the
adapter knows better. Policy reads `again` and `billed`, never the text.
"""

import re
from enum import StrEnum
from typing import Final

_PASTED: Final = re.compile(r"\S{200,}")
"""What is no word: a picture in base64, given in the wrong place. Errors do not repeat it."""


class Billed(StrEnum):
    """Whether money was spent on what failed."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"

    @property
    def sentence(self) -> str:
        """For a person.

        Example:
            >>> Billed.NO.sentence
            'Nothing was charged.'
        """
        return _BILLED_WORDS[self]


class Again(StrEnum):
    """Whether the same work may be sent once more."""

    NEVER = "never"
    """It would fail again, or be paid twice."""
    SAME = "same"
    """Here, after `retry_after`, or at another provider."""
    ANOTHER = "another"
    """Not here, but another provider may do it."""


class Stage(StrEnum):
    """Which rule refused."""

    MODERATION = "moderation"
    QUOTA = "quota"
    BUDGET = "budget"
    PERMISSION = "permission"
    CLASSIFICATION = "classification"


_BILLED_WORDS: Final = {
    Billed.NO: "Nothing was charged.",
    Billed.YES: "It was charged.",
    Billed.UNKNOWN: "It may have been charged.",
}


class Error(Exception):
    """Base of everything Limner raises on purpose.

    Example:
        >>> error = UserError("No prompt.", code="empty_prompt", remedy="Say what to paint.")
        >>> print(error)
        No prompt. Nothing was charged. Say what to paint.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        remedy: str,
        billed: Billed = Billed.NO,
        request_id: str | None = None,
    ) -> None:
        """Say what happened.

        Args:
            message: one or two sentences for a person.
            code: a stable name for programs, in snake case.
            remedy: what the reader can do now.
            billed: whether money was spent.
            request_id: Limner's run or the provider's request, for support. Absent: none was made.
        """
        message = _PASTED.sub(lambda found: f"{found[0][:8]}…", message)
        super().__init__(message)
        self.message = message
        self.code = code
        self.remedy = remedy
        self.billed = billed
        self.request_id = request_id

    def __str__(self) -> str:
        """What happened, what was billed, what to do next."""
        return f"{self.message} {self.billed.sentence} {self.remedy}".rstrip()


class UserError(Error):
    """The request cannot be carried out as it was made; nothing left this machine."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        remedy: str,
        field: str | None = None,
        suggestions: tuple[str, ...] = (),
    ) -> None:
        """Say what is wrong with the request.

        Args:
            message: what is wrong.
            code: a stable name for programs.
            remedy: how to put it right.
            field: which field of the request. Absent: not one alone.
            suggestions: values that would work, best first.
        """
        super().__init__(message, code=code, remedy=remedy)
        self.field = field
        self.suggestions = suggestions


class Refused(Error):
    """A rule said no: Limner's own or the provider's. Terminal unless the caller says otherwise."""

    def __init__(
        self,
        message: str,
        *,
        stage: Stage,
        remedy: str,
        billed: Billed = Billed.NO,
        code: str | None = None,
        categories: tuple[str, ...] = (),
        provider: str | None = None,
        model: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
    ) -> None:
        """Say who refused and why.

        Args:
            message: what was refused.
            stage: which rule.
            remedy: what could be changed.
            billed: some providers charge for a refused picture.
            code: a stable name. Absent: `<stage>_refused`.
            categories: what moderation saw, in the provider's words.
            provider: who refused. Absent: Limner.
            model: the model asked. Absent: none was chosen yet.
            status: the HTTP status. Absent: no HTTP was involved.
            request_id: for support.
        """
        super().__init__(
            message, code=code or f"{stage}_refused", remedy=remedy, billed=billed, request_id=request_id
        )
        self.stage = stage
        self.categories = categories
        self.provider = provider
        self.model = model
        self.status = status


class ImageProcessing(Error):
    """Pixels could not be decoded, composed or encoded."""

    def __init__(
        self,
        message: str,
        *,
        remedy: str,
        code: str = "image_processing",
        billed: Billed = Billed.NO,
        kept: tuple[bytes, ...] = (),
    ) -> None:
        """Say which picture and why.

        Args:
            message: what could not be done.
            remedy: what to do; where `billed`, how to get at the kept bytes.
            code: a stable name.
            billed: `yes` when the picture had been paid for before this happened.
            kept: the bytes as the provider sent them, so that nothing paid is lost.
        """
        super().__init__(message, code=code, remedy=remedy, billed=billed)
        self.kept = kept


class StoreFailed(Error):
    """The store of records or bytes is full, locked, or cannot be reached."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        remedy: str,
        billed: Billed = Billed.NO,
        kept: tuple[bytes, ...] = (),
    ) -> None:
        """Say what could not be written.

        Args:
            message: what failed.
            code: `store_full`, `store_locked`, `store_unreachable`, `store_damaged` or `store_failed`.
            remedy: what the operator can do.
            billed: `yes` when a picture had been paid for before this happened.
            kept: the bytes in flight, so that nothing paid is lost.
        """
        super().__init__(message, code=code, remedy=remedy, billed=billed)
        self.kept = kept


class ProviderError(Error):
    """There is no picture, and it is not the caller's rules that prevented it."""

    default_code = "provider_error"
    default_remedy = "Try another model, or again later."

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        model: str | None = None,
        status: int | None = None,
        code: str | None = None,
        vendor_code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        again: Again = Again.NEVER,
        billed: Billed = Billed.UNKNOWN,
        remedy: str | None = None,
    ) -> None:
        """State the facts.

        Args:
            message: what the provider said, without secrets.
            provider: its slug.
            model: the model asked. Absent: the call was not about one.
            status: the HTTP status. Absent: there was no answer.
            code: Limner's stable name. Absent: the class's own.
            vendor_code: the provider's own code. Absent: it gave none.
            request_id: the provider's request, for its support.
            retry_after: seconds it asked to wait. Absent: it did not say.
            again: whether the work may be sent once more.
            billed: whether it cost anything.
            remedy: what to do. Absent: the class's own words.
        """
        super().__init__(
            message,
            code=code or self.default_code,
            remedy=self.default_remedy if remedy is None else remedy,
            billed=billed,
            request_id=request_id,
        )
        self.provider = provider
        self.model = model
        self.status = status
        self.vendor_code = vendor_code
        self.retry_after = retry_after
        self.again = again


class BadRequest(ProviderError):
    """The provider rejected the form of the request; ours is wrong or its rules are new."""

    default_code = "provider_bad_request"
    default_remedy = "Change what it names, or run `limner models` to see what the model takes."


class Unauthorized(ProviderError):
    """The key is missing, wrong, or may not use this model."""

    default_code = "provider_unauthorized"
    default_remedy = "Check the key with `limner doctor`."


class OutOfCredit(ProviderError):
    """The account at the provider has nothing left to spend."""

    default_code = "provider_out_of_credit"
    default_remedy = "Add credit at the provider, or choose another."


class RateLimited(ProviderError):
    """Too many calls for the account just now."""

    default_code = "provider_rate_limited"
    default_remedy = "Wait, then try again."


class Unavailable(ProviderError):
    """The provider is down, overloaded, or could not be reached."""

    default_code = "provider_unavailable"


class Malformed(ProviderError):
    """The provider answered something that cannot be read."""

    default_code = "provider_malformed_answer"
    default_remedy = "Look the request up at the provider before sending it again."


class TimedOut(ProviderError):
    """Work that the provider had accepted did not finish within the deadline."""

    default_code = "provider_timed_out"
    default_remedy = "Resume the run: it has a ticket and is not paid for again."


class OutcomeUnknown(Error):
    """A request that costs money was sent and nobody knows whether it was carried out.

    It is never sent again on its own: that could be paid twice.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        model: str | None = None,
        request_id: str | None = None,
        remedy: str = "Look at the provider's usage page before trying again: this request is not repeated.",
    ) -> None:
        """Say what was under way.

        Args:
            message: at which point the connection was lost.
            provider: who may have done the work.
            model: with what. Absent: the call was not about one.
            request_id: Limner's attempt, listed until it is resolved.
            remedy: what to do now.
        """
        super().__init__(
            message, code="outcome_unknown", remedy=remedy, billed=Billed.UNKNOWN, request_id=request_id
        )
        self.provider = provider
        self.model = model


class AllFailed(Error):
    """Every candidate was tried or left out, and none delivered."""

    def __init__(self, message: str, errors: tuple[Error, ...]) -> None:
        """Collect what each one said.

        Args:
            message: how many were tried.
            errors: one for each, in the order they were tried. At least one.
        """
        billed = Billed.NO
        for kind in (Billed.UNKNOWN, Billed.YES):
            if any(error.billed is kind for error in errors):
                billed = kind
        super().__init__(message, code="all_failed", remedy=errors[-1].remedy, billed=billed)
        self.errors = errors


class Cancelled(Error):
    """The caller stopped it."""

    def __init__(self, message: str, *, billed: Billed) -> None:
        """Say how far it had come.

        Args:
            message: what was under way.
            billed: whether the provider charges for what was stopped.
        """
        super().__init__(message, code="cancelled", remedy="", billed=billed)
