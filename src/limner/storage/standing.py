"""How a store stands, looked at without changing it: opening one brings its schema up."""

from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from limner.storage.faults import database_fault
from limner.storage.schema import current, known
from limner.storage.store import address_of, engine_of, sqlite_path


@dataclass(frozen=True, slots=True)
class Standing:
    """What is to be known of a store from outside."""

    place: str
    """Its address without a password."""
    revision: str | None
    """Of its schema. Absent: there is nothing yet."""

    @property
    def current(self) -> bool:
        """Whether it has the schema that this Limner knows."""
        return self.revision == known()[-1]


def standing(url: str) -> Standing:
    """Look at a store.

    Args:
        url: of its database.

    Raises:
        UserError: the address cannot be used.
        StoreFailed: it cannot be reached.
    """
    address = address_of(url)
    place = address.render_as_string()
    if address.drivername == "sqlite" and not sqlite_path(url).is_file():
        return Standing(place, None)
    engine = engine_of(url)
    try:
        with engine.connect() as connection:
            return Standing(place, current(connection))
    except DBAPIError as error:
        raise database_fault(error) from error
    finally:
        engine.dispose()
