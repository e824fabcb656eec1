"""The user's own store: where the command line remembers, unless it is told otherwise."""

from limner.assembly import Assembly, assemble
from limner.core.errors import StoreFailed
from limner.settings import MEMORY, Settings


def settled(settings: Settings | None = None, *, remember: bool = True, new: bool = True) -> Settings:
    """Settings with the store of a command.

    Args:
        settings: absent: read from the environment.
        remember: whether there is one at all.
        new: whether the user's own may be made. Commands that only look use it where it is already.
    """
    settings = settings or Settings()
    if not remember:
        return settings.model_copy(update={"store": MEMORY})
    return settings.at_home(new=new)


def opened(settings: Settings, *, server: bool = False) -> Assembly:
    """Open Limner for a command.

    Args:
        settings: from `settled`.
        server: hold a SQLite store as a server does.

    Raises:
        UserError: a setting is wrong, or another server holds the store.
        StoreFailed: the store cannot be used.
    """
    try:
        return assemble(settings, server=server)
    except StoreFailed as error:
        error.remedy = f"{error.remedy} {WITHOUT}"
        raise


WITHOUT = "LIMNER_STORE names another store; LIMNER_STORE=memory does without one."
"""What else can be done about a store that fails at the start."""
