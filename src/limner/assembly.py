"""Builds everything from settings: the only file that names implementations."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from limner.catalog.catalog import Catalog
from limner.catalog.load import load, regional
from limner.core.adapter import Profile
from limner.core.clock import Clock, SystemClock
from limner.core.errors import UserError
from limner.core.models import Retired
from limner.core.secret import Secret
from limner.engine.accounts import Keys
from limner.engine.advice import Advice
from limner.engine.bell import Bell
from limner.engine.books import Books, nothing_remembered
from limner.engine.compare.compare import Comparer
from limner.engine.drive import Driver
from limner.engine.health.health import Health
from limner.engine.health.store import MemoryBreakers
from limner.engine.journal import Journal
from limner.engine.makers import Access, Makers
from limner.engine.memory import MemoryJournal
from limner.engine.origin import Provenance
from limner.engine.route import Router
from limner.engine.run import Engine
from limner.engine.signals import Signals
from limner.painters import registry as painters
from limner.policy.breaker import Thresholds
from limner.providers import registry as providers
from limner.settings import Settings
from limner.storage.access import BucketAccess
from limner.transport.client import Transport

if TYPE_CHECKING:
    from limner.engine.sql.books import SqlBooks
    from limner.engine.sql.breakers import SqlBreakers
    from limner.engine.sql.journal import SqlJournal
    from limner.storage.backup import Tables
    from limner.storage.integrity import Names
    from limner.storage.links import Links
    from limner.storage.store import Store


@dataclass(frozen=True, slots=True)
class Memory:
    """A store, and what is kept in it."""

    store: "Store"
    journal: "SqlJournal"
    breakers: "SqlBreakers"
    books: "SqlBooks"


@dataclass(frozen=True, slots=True)
class Assembly:
    """A whole Limner in this process. An async context manager, or closed by hand."""

    settings: Settings
    catalog: Catalog
    engine: Engine
    router: Router
    """Who serves what: to look around before asking."""
    advice: Advice
    """The same, within somebody's budgets."""
    comparer: Comparer
    """Asks several models the same."""
    transport: Transport
    makers: Makers
    journal: Journal
    clock: Clock
    bell: Bell
    """Where providers call when work is done."""
    health: Health
    """Who can be asked now, and why others cannot."""
    signals: Signals
    """What an operator watches."""
    memory: "Memory | None" = None
    """Absent: nothing is remembered."""

    @property
    def books(self) -> Books:
        """Runs, usage and budgets, to be looked at.

        Raises:
            UserError: nothing is remembered.
        """
        if self.memory is None:
            raise nothing_remembered()
        return self.memory.books

    async def aclose(self) -> None:
        """Bring home what is under way, then close every connection."""
        await self.engine.aclose()
        await self.transport.aclose()
        if self.memory is not None:
            await self.memory.journal.aclose()
            await self.memory.store.aclose()

    def keys_at(self, provider: str) -> Keys:
        """An operator's keys at a provider.

        Args:
            provider: its slug.
        """
        return Keys(provider, self.makers, self.transport)

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        await self.aclose()


def assemble(
    settings: Settings | None = None, *, clock: Clock | None = None, server: bool = False
) -> Assembly:
    """Build a Limner. With a store, this opens it: give it a thread where nothing may block.

    Args:
        settings: absent: read from the environment.
        clock: absent: the machine's.
        server: hold a SQLite store as a server does, where a second one is refused; and load every
            adapter now.

    Raises:
        UserError: the user's `limner.toml` cannot be read, or the store cannot be used.
        StoreFailed: the store cannot be reached.
    """
    settings = settings or Settings()
    clock = clock or SystemClock()
    if server:
        providers.load_all()  # or the first fallback would wait for all of them
    catalog = _catalog(settings)
    transport = Transport(clock=clock, allow=settings.private_hosts)
    memory = None if settings.store_url is None else _remember(settings, clock, server=server)
    journal: Journal = MemoryJournal(clock) if memory is None else memory.journal
    makers = Makers(providers.get, painters.get, _access(settings), settings.named_key)
    driver = Driver(transport, journal, clock, hook=_hook(settings))
    signals = Signals()
    health = Health(
        makers=makers,
        transport=transport,
        store=MemoryBreakers() if memory is None else memory.breakers,
        clock=clock,
        publish=signals.publish,
        thresholds=_thresholds(settings),
    )
    router = Router(
        catalog,
        makers,
        clock,
        default=settings.default_model,
        retired=settings.retired or catalog.retired or Retired.REFUSE,
        strategy=settings.routing,
        availability=health.availability,
        speeds=health.speeds,
    )
    engine = Engine(
        catalog=catalog,
        makers=makers,
        driver=driver,
        journal=journal,
        clock=clock,
        router=router,
        health=health,
        provenance=_provenance(settings),
        publish=signals.publish,
    )
    bell = Bell(makers, driver, transport, clock)
    return Assembly(
        settings,
        catalog,
        engine,
        router,
        Advice(router, journal),
        Comparer(engine, makers, router, clock),
        transport,
        makers,
        journal,
        clock,
        bell,
        health,
        signals,
        memory,
    )


def _catalog(settings: Settings) -> Catalog:
    """What exists, and where: an address of the operator's own takes the place of the published ones."""
    config = settings.config_file()
    profiles = (adapter.profile for slug in regional() if (adapter := providers.get(slug)) is not None)
    moved = {profile.slug: url for profile in profiles if (url := settings.base_url(profile)) is not None}
    return load(*((config,) if config else ()), moved=moved)


def _thresholds(settings: Settings) -> Thresholds:
    return Thresholds(
        failures=settings.circuit_breaker_failure_threshold,
        window=timedelta(milliseconds=settings.circuit_breaker_window_ms),
        recovery=timedelta(milliseconds=settings.circuit_breaker_timeout_ms),
    )


def _remember(settings: Settings, clock: Clock, *, server: bool) -> Memory:
    # Half of the time it takes to start: loaded by those who have a store.
    from limner.engine.sql.books import SqlBooks  # noqa: PLC0415
    from limner.engine.sql.breakers import SqlBreakers  # noqa: PLC0415
    from limner.engine.sql.journal import SqlJournal  # noqa: PLC0415

    store = store_of(settings, server=server)
    database = store.database
    return Memory(
        store,
        SqlJournal(database, store.blobs, clock),
        SqlBreakers(database),
        SqlBooks(database, clock),
    )


def store_of(settings: Settings, *, server: bool = False) -> "Store":
    """Open the store that the settings name, and nothing else. This blocks.

    Args:
        settings: the operator's.
        server: hold a SQLite store as a server does.

    Raises:
        UserError: they name none, or it cannot be used.
        StoreFailed: it cannot be reached.
    """
    from limner.storage.store import open_store  # noqa: PLC0415 - as above

    if settings.store_url is None:
        raise nothing_remembered()
    return open_store(
        settings.store_url,
        blobs=settings.blobs,
        bucket=_bucket(settings),
        server=server,
        floor=settings.disk_floor_mb * 1_000_000,
    )


def links_of(settings: Settings) -> "Links | None":
    """What signs links to pictures. `None`: nothing is kept, or no key is set. This may write a key.

    Raises:
        UserError: the key is too short, or others may read its file.
        StoreFailed: its file cannot be written or read.
    """
    url = settings.store_url
    if url is None:
        return None
    from limner.storage.links import Links, kept_key  # noqa: PLC0415 - as above
    from limner.storage.store import address_of, sqlite_path  # noqa: PLC0415 - as above

    if settings.link_key is not None:
        return Links(settings.link_key)
    if address_of(url).drivername != "sqlite":
        return None  # other servers of the store could not check what this one signs
    return Links(kept_key(sqlite_path(url).with_suffix(".key")))


def tables() -> "Tables":
    """Every room's tables, in an order in which rows can be inserted."""
    from limner.engine.sql.tables import METADATA as JOURNAL  # noqa: PLC0415
    from limner.ledger.sql.tables import METADATA as LEDGER  # noqa: PLC0415

    return JOURNAL, LEDGER


def names() -> "tuple[Names, ...]":
    """Every room whose rows name bytes."""
    from limner.engine.sql.names import RunNames  # noqa: PLC0415

    return (RunNames(),)


def _bucket(settings: Settings) -> BucketAccess:
    secret, token = settings.aws("AWS_SECRET_ACCESS_KEY"), settings.aws("AWS_SESSION_TOKEN")
    return BucketAccess(
        endpoint=settings.aws("AWS_ENDPOINT_URL_S3") or settings.aws("AWS_ENDPOINT_URL"),
        region=settings.aws("AWS_REGION") or settings.aws("AWS_DEFAULT_REGION"),
        key_id=settings.aws("AWS_ACCESS_KEY_ID"),
        secret=Secret(secret) if secret else None,
        token=Secret(token) if token else None,
    )


def _provenance(settings: Settings) -> Provenance:
    """The operator's key and label. A key that cannot be used is an error: it must not fail silently."""
    key, certificate = settings.signing_key, settings.signing_certificate
    if key is None and certificate is None:
        return Provenance(None, settings.visible_label)
    if key is None or certificate is None:
        raise UserError(
            "A signing key needs its certificate, and the other way round.",
            code="invalid_signing_key",
            field="signing_key",
            remedy="Set both LIMNER_SIGNING_KEY and LIMNER_SIGNING_CERTIFICATE.",
        )
    # The libraries that sign take a while to load, and few need them.
    from limner.pixels.provenance.manifest import SigningKey  # noqa: PLC0415

    anchors = settings.anchors()
    try:
        signing = SigningKey(key.read_bytes(), certificate.read_bytes(), anchors=anchors)
        return Provenance(signing, settings.visible_label)
    except OSError as error:
        raise UserError(
            f"{error.filename} cannot be read: {error.strerror}.",
            code="invalid_signing_key",
            field="signing_key",
            remedy="Check LIMNER_SIGNING_KEY and LIMNER_SIGNING_CERTIFICATE.",
        ) from error


def _access(settings: Settings) -> Callable[[Profile], Access]:
    def access(profile: Profile) -> Access:
        key = settings.key(profile)
        base_url = settings.base_url(profile)
        return Access(key, enabled=settings.enabled(profile.slug), base_url=base_url)

    return access


def _hook(settings: Settings) -> Callable[[str], str | None]:
    """Where a provider may call: nowhere, unless the operator says how this gateway is reached."""
    root = settings.public_url
    return lambda slug: f"{root.rstrip('/')}/hooks/{slug}" if root else None
