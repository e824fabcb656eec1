"""Venice's adapter: synchronous calls, no tickets, no previews; refusals hide in headers."""

from typing import Final, NoReturn, TypeVar

from limner.core.accounts import KeyWish, MadeKey, RateLimit, Signed, VendorKey
from limner.core.adapter import Done, Order, Profile, Ticket
from limner.core.errors import Billed, ProviderError, RateLimited, Refused
from limner.core.http import HttpCall, HttpReply, JsonBody, Timeout
from limner.core.optional import Account, Listed
from limner.providers._shared.reading import parse, replied_at
from limner.providers._shared.voice import Voice
from limner.providers.venice import account, faults, wire
from limner.providers.venice import keys as keyring
from limner.providers.venice.options import Options

_T = TypeVar("_T")


class Venice:
    """Translates orders into Venice's words."""

    profile = Profile(
        slug="venice",
        title="Venice",
        base_url="https://api.venice.ai/api/v1",
        key_names=("VENICE_API_KEY",),
        base_url_name="VENICE_BASE_URL",
        homepage="https://venice.ai/settings/api",
    )
    options: type[object] = Options

    def submit(self, order: Order) -> HttpCall:
        """Describe the call that paints, edits, enlarges or cuts out.

        Raises:
            UserError: an option does not go with the model.
        """
        path, body = wire.painting(order)
        return HttpCall("POST", path, body=JsonBody(body), timeout=Timeout.PAINT)

    def read(self, reply: HttpReply, order: Order, ticket: Ticket | None) -> Done:
        """Read the pictures; there are no tickets.

        Raises:
            Malformed: no picture can be read.
            Refused: a header says that the result breaks Venice's terms.
        """
        if ticket is not None:
            self.check(ticket)
        try:
            artifacts = wire.pictures(reply)
        except ValueError:
            raise _VOICE.malformed("it is no picture and no JSON, or cut off", reply, order) from None
        against = wire.violations(reply)
        if against:
            raise _VOICE.refused("a header says so.", Billed.UNKNOWN, reply, order, *against)
        if not artifacts:
            raise _VOICE.malformed("no picture is in it", reply, order)
        missing = ("Venice does not say why.",) * (order.request.n - len(artifacts))
        return Done(wire.remarked(artifacts, reply, order), missing, request_id=_VOICE.request_id(reply))

    def check(self, ticket: Ticket) -> NoReturn:
        """Refuse: Venice answers on the same connection and gives no tickets."""
        raise TypeError(f"Venice gives no tickets: {ticket.task}")

    def cancel(self, ticket: Ticket) -> None:
        """Nothing can be cancelled."""

    def diagnose(
        self, reply: HttpReply, order: Order | None, ticket: Ticket | None = None
    ) -> ProviderError | Refused:
        """Turn an answer that is not 2xx into facts: its words, then its status."""
        error = faults.of_reply(_VOICE, reply, order, ticket)
        if isinstance(error, RateLimited) and error.retry_after is None:
            error.retry_after = faults.wait(reply, replied_at(reply.headers))
        return error

    def balance(self) -> HttpCall:
        """Describe the free call that says what is left."""
        return HttpCall("GET", wire.BALANCE)

    def read_balance(self, reply: HttpReply) -> Account:
        """Read the balance.

        Raises:
            Malformed: it does not say.
        """
        try:
            found = account.balance(reply)
        except ValueError:
            found = None
        if found is None:
            raise _VOICE.malformed("it names no balance", reply, None, Billed.NO)
        return found

    def keys(self) -> HttpCall:
        """Describe the call that lists the account's keys."""
        return HttpCall("GET", keyring.KEYS)

    def read_keys(self, reply: HttpReply) -> tuple[VendorKey, ...]:
        """Read it.

        Raises:
            Malformed: it is no list.
        """
        return _found(keyring.listed(reply), "it is no list of keys", reply)

    def make_key(self, wish: KeyWish) -> HttpCall:
        """Describe the call that makes a key."""
        return HttpCall("POST", keyring.KEYS, body=JsonBody(keyring.wished(wish)))

    def read_made(self, reply: HttpReply) -> MadeKey:
        """Read the key that was made.

        Raises:
            Malformed: there is none in it.
        """
        return _found(keyring.made(reply), "no key is in it", reply)

    def drop_key(self, key: str) -> HttpCall:
        """Describe the call that deletes a key."""
        return HttpCall("DELETE", keyring.KEYS, query=(("id", key),))

    def limits(self) -> HttpCall:
        """Describe the call that says how often the key may ask."""
        return HttpCall("GET", keyring.LIMITS)

    def read_limits(self, reply: HttpReply) -> tuple[RateLimit, ...]:
        """Read it.

        Raises:
            Malformed: it names no limits.
        """
        return _found(keyring.limits(reply), "it names no limits", reply)

    def wallet_token(self) -> HttpCall:
        """Describe the call that gives a text for a wallet to sign."""
        return HttpCall("GET", keyring.WALLET, auth="none")

    def read_token(self, reply: HttpReply) -> str:
        """Read it.

        Raises:
            Malformed: there is none.
        """
        return _found(keyring.token(reply), "no text is in it", reply)

    def wallet_key(self, proof: Signed, wish: KeyWish) -> HttpCall:
        """Describe the call that makes a key for the wallet that signed."""
        body = JsonBody(keyring.signed(proof, wish))
        return HttpCall("POST", keyring.WALLET, body=body, auth="none")

    def list_models(self) -> HttpCall:
        """Describe the free call that lists all models."""
        return HttpCall("GET", wire.MODELS, query=(("type", "all"),))

    def read_models(self, reply: HttpReply) -> tuple[Listed, ...]:
        """Read those that paint, edit or enlarge.

        Raises:
            Malformed: it is no list.
        """
        try:
            listed = wire.models(parse(reply.body))
        except ValueError:
            listed = None
        if listed is None:
            raise _VOICE.malformed("it is no list of models", reply, None, Billed.NO)
        return listed


def _found(found: _T | None, why: str, reply: HttpReply) -> _T:
    """What was read of a free call's answer, or the error that there is none."""
    if found is None:
        raise _VOICE.malformed(why, reply, None, Billed.NO)
    return found


_VOICE: Final = Voice(
    Venice.profile,
    request_ids=("cf-ray",),
    kinds=faults.KINDS,
    remedies={
        401: "Check VENICE_API_KEY with `limner doctor`.",
        403: "Check what VENICE_API_KEY may do at venice.ai/settings/api.",
        404: "Choose another model: Venice does not know this one.",
        410: "Choose another model: Venice has retired this one.",
    },
)
