"""Settings of the server: environment variables with the prefix ``UAA_``, declared once, typed and explained."""

import os
import re
import secrets
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from .rates import Rate, parse

ROOT = Path(__file__).resolve().parent.parent
PRODUCT_NAME = "UAA"


class SettingsError(Exception):
    """A setting has a value that the server can't work with; the message names the variable."""


def _read_rate(value: Any) -> Any:
    return parse(value) if isinstance(value, str) else value


Often = Annotated[Rate, BeforeValidator(_read_rate)]
Seconds = Annotated[int, Field(gt=0, le=10 * 366 * 86400)]
Price = Annotated[Decimal, Field(ge=0, le=1000, decimal_places=6)]


def _rate(text: str, help: str) -> Any:
    return Field(default=parse(text), description=help, json_schema_extra={"shown": text})


class Settings(BaseModel):
    """All settings. The field ``base_url`` is read from the variable ``UAA_BASE_URL``, and so on."""

    model_config = ConfigDict(validate_default=True)

    instance_path: Path = Field(ROOT / "instance", description="Folder for the embedded database and generated keys.")
    database_url: str = Field(
        "", description="SQLAlchemy address of the database: `sqlite:///...` or `postgresql://...`. "
        "Empty: an SQLite file in the instance folder."
    )  # fmt: skip
    redis_url: str = Field("", description="`redis://...` shared by several machines for rate limits. Empty: one machine.")
    secret_key: list[str] = Field(
        [], description="Key for sessions and refresh tokens, at least 32 characters. While rotating, a "
        "comma-separated list: the new one first. Empty: one is made in the instance folder."
    )  # fmt: skip
    base_url: str = Field("", description="Public address, which is also the issuer. Empty: `http://127.0.0.1:PORT`.")
    access_token_ttl: Seconds = Field(172800, description="Lifetime of an access token, in seconds.")
    refresh_token_ttl: Seconds = Field(2592000, description="Lifetime of a refresh token, in seconds.")
    family_max_age: Seconds = Field(
        31536000, description="Seconds after an approval at which its tokens can no longer be refreshed."
    )
    code_ttl: Annotated[int, Field(gt=0, le=600)] = Field(
        300, description="Lifetime of an authorization code, in seconds; at most 600 (RFC 6749 section 4.1.2)."
    )
    refresh_grace: Annotated[int, Field(ge=0, le=3600)] = Field(
        60, description="For so many seconds the refresh token used last gets the same pair again."
    )
    session_ttl: Seconds = Field(1209600, description="Lifetime of a browser's sign-in, in seconds.")
    sign_up: bool = Field(
        False, description="Whether strangers may make an account and an organization of their own at `/signup`; needs "
        "`UAA_SMTP_URL`, since addresses are confirmed by mail."
    )  # fmt: skip
    query_credentials: bool = Field(
        True, description="Whether the token endpoint takes client secrets, codes and tokens in the query string, "
        "as Yespo documents it."
    )  # fmt: skip
    client_id_metadata_documents: bool = Field(
        False, description="Whether an app may come unregistered, with the https address of its own description as "
        "`client_id` (Client ID Metadata Documents), as MCP clients do."
    )  # fmt: skip
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = Field(
        0, description="How many proxies stand before the server; so many `X-Forwarded-*` entries are believed."
    )
    rate_limit_general: Often = _rate("600/minute", "API calls by one token or key.")
    rate_limit_import: Often = _rate("5/minute", "Imports and exports by one token or key.")
    rate_limit_send: Often = _rate("5/minute", "Campaign sends by one token or key.")
    rate_limit_login: Often = _rate(
        "10/15minute", "Failed sign-ins to one account, and ten times as many tries, failed or not, from one address."
    )
    rate_limit_mail: Often = _rate(
        "5/hour", "Letters with a link that people ask for, to one email address, and ten times as many from one address."
    )
    rate_limit_token: Often = _rate(
        "1200/minute", "Token requests by one client, and as many from one address with an unknown client or a wrong secret."
    )  # fmt: skip
    import_private_hosts: str = Field(
        "", description="Hosts of your own network, separated by commas, from which imports may load files all the same."
    )
    event_deletion: bool = Field(False, description="Whether `DELETE past_events` works.")
    locations_file: Path | None = Field(
        None, description="A MaxMind database (`.mmdb`) of cities, such as GeoLite2 City, by which events with the "
        "parameter `ip` get their country, region and city. Empty: they don't."
    )  # fmt: skip
    smtp_url: str = Field(
        "", description="`smtp://user:password@host:587` (`smtps://` for TLS from the start) takes emails away. "
        "Empty: they stay in the outbox."
    )  # fmt: skip
    smtp_plain_password: bool = Field(
        False, description="Whether a mail server on another machine that offers no TLS is told the password all the same."
    )
    mail_sender: str = Field(
        "", description="Email address from which the server itself writes to its people. Empty: `noreply@` the public host."
    )
    smtp_when_unsure: Literal["assume_sent", "send_again"] = Field(
        "assume_sent", description="What becomes of an email whose last byte was sent and whose answer got lost: "
        "`assume_sent` never sends twice, `send_again` never loses one."
    )  # fmt: skip
    gateway_url: str = Field(
        "", description="HTTP address that takes SMS, Viber and push messages away. Empty: they stay in the outbox."
    )
    gateway_secret: str = Field("", description="Key that signs requests to the gateway and its callbacks.")
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = Field("USD", description="Currency of balances (ISO 4217).")
    price_email: Price = Field(Decimal("0.001"), description="Price of one email, once the prepaid ones are used up.")
    price_sms: Price = Field(Decimal("0.05"), description="Price of one SMS, once the prepaid ones are used up.")
    price_viber: Price = Field(Decimal("0.02"), description="Price of one Viber message.")
    price_push: Price = Field(Decimal("0"), description="Price of one push message.")
    bonus_emails: Annotated[int, Field(ge=0, le=10**9)] = Field(
        2500, description="Prepaid emails that an organization begins with."
    )
    bonus_smses: Annotated[int, Field(ge=0, le=10**9)] = Field(
        10, description="Prepaid SMS that an organization begins with."
    )  # fmt: skip
    embedded_worker: bool = Field(
        True, description="Whether the server starts a job worker beside itself; else run `flask --app wsgi worker`."
    )
    job_threads: Annotated[int, Field(ge=1, le=64)] = Field(4, description="Threads in a job worker.")
    job_hold: Annotated[int, Field(ge=1, le=3600)] = Field(
        30, description="Seconds without a sign of life after which a job worker's work is given to another."
    )
    workers: Annotated[int, Field(ge=0, le=256)] = Field(
        0, description="Worker processes. 0: one for each processor. Where there are as many, each keeps to one."
    )
    threads: Annotated[int, Field(ge=1, le=256)] = Field(4, description="Threads in each worker process.")
    metrics_token: str = Field(
        "", description="Whoever sends it as a Bearer token may read `/metrics`. Empty: nothing is counted for it."
    )
    log_level: str = Field("INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")

    @field_validator("secret_key", mode="before")
    @classmethod
    def _split_keys(cls, value: Any) -> Any:
        keys = [key.strip() for key in value.split(",")] if isinstance(value, str) else value
        if any(len(key) < 32 for key in keys):
            raise ValueError("each key needs at least 32 characters")
        return keys

    @field_validator("base_url")
    @classmethod
    def _is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        extra = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
        if value and (parts.scheme not in ("http", "https") or not parts.hostname or extra):
            raise ValueError("must be an http or https address without path, query or fragment")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgres://", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value

    @field_validator("smtp_url", "gateway_url")
    @classmethod
    def _is_a_server(cls, value: str, info: ValidationInfo) -> str:
        schemes = ("smtp", "smtps") if info.field_name == "smtp_url" else ("http", "https")
        parts = urlsplit(value)
        if value and (parts.scheme not in schemes or not parts.hostname):
            raise ValueError(f"must begin with {schemes[0]}:// or {schemes[1]}:// and name a host")
        return value

    @field_validator("gateway_secret")
    @classmethod
    def _is_long(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("gateway_url") and len(value) < 32:
            raise ValueError("needs at least 32 characters when UAA_GATEWAY_URL is set")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _is_no_guess(cls, value: str) -> str:
        if value and not re.fullmatch(r"[!-~]{24,500}", value):
            raise ValueError("needs at least 24 characters, without spaces")
        return value

    @field_validator("mail_sender")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s<>,\"]+@[^@\s<>,\"]+", value):
            raise ValueError("must be an email address alone, such as noreply@example.com")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_a_redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis:// or rediss://")
        return value

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, value: str) -> str:
        if value.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @cached_property
    def issuer(self) -> str:
        """The server's identifier (RFC 8414 section 2): its public address without a slash at the end."""
        return self.base_url or f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"

    @property
    def private_hosts(self) -> frozenset[str]:
        """The hosts that imports may load from although their addresses are private."""
        return frozenset(host.strip().lower() for host in self.import_private_hosts.split(",") if host.strip())

    @property
    def host(self) -> str:
        """The host of the public address."""
        return urlsplit(self.issuer).hostname or ""

    @property
    def sends_mail(self) -> bool:
        """Whether emails leave this server."""
        return bool(self.smtp_url)

    @property
    def is_https(self) -> bool:
        return self.issuer.startswith("https:")

    @cached_property
    def sqlalchemy_url(self) -> str:
        """The database's address with the driver that the product uses."""
        url = self.database_url or f"sqlite:///{self.instance_path / 'uaa.db'}"
        for scheme in ("postgresql://", "postgres://"):
            if url.startswith(scheme):
                return "postgresql+psycopg://" + url.removeprefix(scheme)
        return url

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The server's keys, the one in use first; generated once when none is set.

        :raises SettingsError: when the generated one can't be kept.
        """
        return tuple(self.secret_key) or (self._generated_key(),)

    def _generated_key(self) -> str:
        path = self.instance_path / "secret_key"
        try:
            self.instance_path.mkdir(parents=True, exist_ok=True)
            try:
                with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                    file.write(secrets.token_hex(32))
            except FileExistsError:
                pass
            return path.read_text().strip()
        except OSError as error:
            raise SettingsError(f"UAA_INSTANCE_PATH: can't write to {self.instance_path}: {error.strerror}.") from error

    @classmethod
    def variables(cls) -> dict[str, tuple[str, str]]:
        """Variable name -> (default as written in the environment, help)."""
        listed = {}
        for name, field in cls.model_fields.items():
            shown = (field.json_schema_extra or {}).get("shown") if isinstance(field.json_schema_extra, dict) else None
            default = "instance" if name == "instance_path" else shown if shown is not None else field.default
            text = str(default).lower() if isinstance(default, bool) else "" if default in ([], None) else str(default)
            listed[f"UAA_{name.upper()}"] = (text, field.description or "")
        return listed


def load(**overrides: Any) -> Settings:
    """Read the settings from the environment.

    :raises SettingsError: naming the first variable whose value is wrong, and why.
    """
    try:
        return Settings(**(_given() | overrides))
    except ValidationError as error:
        first = error.errors()[0]
        variable = f"UAA_{str(first['loc'][0]).upper()}" if first["loc"] else "UAA_*"
        raise SettingsError(f"{variable}: {first['msg'].removeprefix('Value error, ')}") from error


def _given() -> dict[str, Any]:
    """What the environment says; an empty variable says nothing."""
    values = {name: os.environ.get(f"UAA_{name.upper()}") for name in Settings.model_fields}
    return {name: value for name, value in values.items() if value}
