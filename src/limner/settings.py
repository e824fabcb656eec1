"""The only reader of the environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from urllib.parse import quote

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from limner.core.adapter import Profile
from limner.core.errors import UserError
from limner.core.models import Retired
from limner.core.requests import Strategy
from limner.core.secret import Secret

MEMORY = "memory"
"""As a store: nothing is remembered."""
_OFF = {"0", "false", "no", "off"}
_FAILURES = "CIRCUIT_BREAKER_FAILURE_THRESHOLD"
_WINDOW = "CIRCUIT_BREAKER_WINDOW_MS"
_TIMEOUT = "CIRCUIT_BREAKER_TIMEOUT_MS"


def hold(name: str, value: str) -> None:
    """Set a variable that a library reads from the environment while it is imported."""
    os.environ[name] = value


def _secret(value: object) -> object:
    return Secret(value) if isinstance(value, str) else value


class Settings(BaseSettings):
    """What an operator sets, from `LIMNER_…` variables; providers' keys from their usual names.

    Example:
        >>> Settings(environ={}).port
        8000
    """

    model_config = SettingsConfigDict(
        env_prefix="LIMNER_",
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        populate_by_name=True,
        arbitrary_types_allowed=True,  # Secret
    )

    default_model: str | None = None
    """Used when a request names no model. Absent: what paints on this machine, when it can."""
    routing: Strategy | None = None
    """By what a model is chosen for requests that name none, paid ones too: priority, cheapest, fastest or
    balanced. Absent: nothing that costs money is chosen unasked."""
    retired: Retired | None = None
    """What becomes of a request that names a model which no longer answers: refuse says which takes its
    place, substitute lets that do it, with a note. Absent: what limner.toml says, else refuse."""
    config: Path | None = None
    """A `limner.toml` with models and aliases. Absent: the one in the user's configuration folder."""
    store: str | None = Field(None, repr=False)  # it may hold a password
    """Where records are kept: `sqlite:///path/limner.db`, `postgresql://user@host/name`, or `memory`, which
    ends with the process. Absent: the command line and `limner serve` have one of the user's own, below
    XDG_DATA_HOME or ~/.local/share; the library remembers nothing."""
    blobs: str | None = None
    """Where pictures are kept: a folder, or `s3://bucket/prefix`, reached by AWS_ENDPOINT_URL_S3, AWS_REGION,
    AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Absent: a folder beside the SQLite file."""
    disk_floor_mb: Annotated[int, Field(ge=0, le=1_000_000_000)] = 256
    """Megabytes of disk that stay free where records or pictures are kept: below it nothing new is bought,
    so that what is under way has room."""
    signing_key: Path | None = None
    """A private key in PEM (P-256, P-384, P-521, Ed25519) that signs what is made. Absent: not signed."""
    signing_certificate: Path | None = None
    """Its certificate in PEM, with those above it."""
    trust_anchors: Path | None = None
    """Certificates in PEM of those whose word on a picture's origin counts. Absent: nobody's does."""
    visible_label: str | None = None
    """Written into the corner of every picture that Limner encodes. Absent: none is."""
    host: str = "127.0.0.1"
    """Where `limner serve` listens: an address of this machine."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """The port of `limner serve`. 0: any free one."""
    public_url: str | None = None
    """How providers reach this gateway, such as `https://images.example.com`, to call when work is done.
    Absent: they do not, and are asked."""
    link_key: Annotated[Secret | None, BeforeValidator(_secret)] = None
    """Signs the links of pictures that are asked for as `url`: 32 characters at least, the same for every
    server of one store. Absent: beside a SQLite store one is made; with PostgreSQL there are no links."""
    link_seconds: Annotated[int, Field(ge=60, le=604_800)] = 3600
    """How long such a link leads to its picture."""
    private_hosts: Annotated[frozenset[str], NoDecode] = frozenset()
    """Hosts (`name` or `name:port`, separated by commas) that pictures may be fetched from although their
    address is private. Empty: none."""
    circuit_breaker_failure_threshold: int = Field(5, ge=1, le=1000, validation_alias=_FAILURES)
    """How many failures of a provider's own within the window open its circuit breaker."""
    circuit_breaker_window_ms: int = Field(600_000, ge=1000, validation_alias=_WINDOW)
    """Milliseconds over which failures are counted."""
    circuit_breaker_timeout_ms: int = Field(600_000, ge=1, validation_alias=_TIMEOUT)
    """Milliseconds that an open circuit breaker rests before one call tries the provider again."""
    environ: Mapping[str, str] = Field(default_factory=lambda: MappingProxyType(dict(os.environ)), repr=False)
    """Where providers' keys are looked up. Absent: the process environment, as it was at this moment."""

    def __init__(self, **values: object) -> None:
        """Read the environment; `values` win over it.

        Raises:
            UserError: a variable has a value that cannot be read; it is named.
        """
        hosts = values.get("private_hosts", os.environ.get("LIMNER_PRIVATE_HOSTS", ""))
        if isinstance(hosts, str):
            values["private_hosts"] = frozenset(host.strip() for host in hosts.split(",") if host.strip())
        try:
            super().__init__(**values)  # pyright: ignore[reportArgumentType]
        except ValidationError as error:
            first = error.errors()[0]
            name = self.variable(str(first["loc"][0]))
            raise UserError(
                f"{name} is {first['input']!r}: {first['msg'].lower()}.",
                code="invalid_setting",
                field=name,
                remedy="Correct it in the environment; .env.example has every setting.",
            ) from None

    @classmethod
    def variable(cls, name: str) -> str:
        """The variable that a setting is read from.

        Args:
            name: of the field, or of the variable.

        Example:
            >>> Settings.variable("port"), Settings.variable("circuit_breaker_window_ms")
            ('LIMNER_PORT', 'CIRCUIT_BREAKER_WINDOW_MS')
        """
        field = cls.model_fields.get(name)
        if field is None:
            return name
        alias = field.validation_alias
        return alias if isinstance(alias, str) else f"LIMNER_{name.upper()}"

    def key(self, profile: Profile) -> Secret | None:
        """The key of a provider. `None`: none of its variables is set.

        Args:
            profile: names the variables, in the order they are tried.
        """
        for name in profile.key_names:
            value = self.environ.get(name, "").strip()
            if value:
                return Secret(value)
        return None

    def base_url(self, profile: Profile) -> str | None:
        """Where the operator says the provider lies. `None`: where its profile says."""
        return self.environ.get(profile.base_url_name or "", "").strip() or None

    def aws(self, name: str) -> str | None:
        """A setting of the bucket's service, by the name that every tool reads. `None`: it is not set.

        Args:
            name: such as `AWS_REGION`.
        """
        return self.environ.get(name, "").strip() or None

    def named_key(self, name: str) -> Secret | None:
        """The key in a variable that `limner.toml` names. `None`: it is not set.

        Args:
            name: such as `RECRAFT_API_KEY`.
        """
        return Secret(self.environ.get(name, "")) or None

    @staticmethod
    def flag(slug: str) -> str:
        """The variable that switches a provider off.

        Example:
            >>> Settings.flag("black-forest-labs")
            'ENABLE_IMAGE_GENERATION_BLACK_FOREST_LABS'
        """
        return f"ENABLE_IMAGE_GENERATION_{slug.upper().replace('-', '_')}"

    def enabled(self, slug: str) -> bool:
        """Whether the provider's flag lets it be used: absent counts as yes."""
        return self.environ.get(self.flag(slug), "").strip().lower() not in _OFF

    def models(self) -> Mapping[str, str]:
        """The models that are named here, by the variable that names each.

        Example:
            >>> Settings(environ={}, default_model="limner/sketch").models()
            {'LIMNER_DEFAULT_MODEL': 'limner/sketch'}
        """
        return {"LIMNER_DEFAULT_MODEL": self.default_model} if self.default_model else {}

    def anchors(self) -> str | None:
        """The certificates of those whose word on a picture's origin counts. `None`: nobody's does.

        Raises:
            UserError: the file cannot be read.
        """
        if self.trust_anchors is None:
            return None
        try:
            return self.trust_anchors.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                f"{self.trust_anchors} cannot be read as certificates in PEM: {error}.",
                code="invalid_setting",
                field=self.variable("trust_anchors"),
                remedy=f"Correct {self.variable('trust_anchors')}.",
            ) from error

    @property
    def store_url(self) -> str | None:
        """The address of the store that is named. `None`: nothing is remembered.

        Example:
            >>> Settings(environ={}, store="memory").store_url is None
            True
        """
        return None if self.store == MEMORY else self.store

    def at_home(self, *, new: bool = True) -> "Settings":
        """The same with the user's own store, where none is named: what the command line uses.

        Args:
            new: whether the store may be made. Otherwise it is used only when it is there.

        Example:
            >>> Settings(environ={"XDG_DATA_HOME": "/data"}).at_home().store
            'sqlite:////data/limner/limner.db'
        """
        path = self._folder("XDG_DATA_HOME", "~/.local/share") / "limner.db"
        if self.store is not None or not (new or path.is_file()):
            return self
        return self.model_copy(update={"store": f"sqlite:///{quote(str(path))}"})

    def config_file(self) -> Path | None:
        """The user's `limner.toml`. `None`: there is none."""
        if self.config is not None:
            return self.config
        path = self._folder("XDG_CONFIG_HOME", "~/.config") / "limner.toml"
        return path if path.is_file() else None

    def _folder(self, name: str, usual: str) -> Path:
        """Limner's in one of the user's folders, where the XDG specification puts them."""
        return Path(self.environ.get(name) or usual).expanduser() / "limner"
