"""Every setting of a process, and what follows from them. Only this file reads the environment."""

import os
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from platformdirs import user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from mp4totext.kit.secret_keys import HOW_TO_MAKE_ONE, secret_in, weakness_of
from mp4totext.setting_groups import (
    AppSettings,
    AuthSettings,
    BrokerSettings,
    DatabaseSettings,
    EngineSettings,
    IngestSettings,
    JobSettings,
    LiveSettings,
    StorageSettings,
)

__all__ = [
    "AppSettings",
    "AuthSettings",
    "BrokerSettings",
    "DatabaseSettings",
    "EngineSettings",
    "IngestSettings",
    "JobSettings",
    "LiveSettings",
    "Settings",
    "SettingsError",
    "StorageSettings",
    "environment",
    "has_screen",
]


class SettingsError(Exception):
    """A setting that cannot work. The message names the variable and what to set it to."""


class Settings(BaseSettings):
    """All settings, read once when the process starts."""

    model_config = SettingsConfigDict(frozen=True, ignored_types=(cached_property,))

    app: AppSettings = Field(default_factory=AppSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    broker: BrokerSettings = Field(default_factory=BrokerSettings)
    storage: StorageSettings = Field(default_factory=StorageSettings)
    auth: AuthSettings = Field(default_factory=AuthSettings)
    jobs: JobSettings = Field(default_factory=JobSettings)
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    live: LiveSettings = Field(default_factory=LiveSettings)
    engines: EngineSettings = Field(default_factory=EngineSettings)

    @property
    def database_url(self) -> str:
        return self.database.database_url or f"sqlite:///{self.data_dir / 'mp4totext.db'}"

    @property
    def data_dir(self) -> Path:
        folder = self.app.data_dir or user_data_path("mp4totext", appauthor=False)
        return folder.expanduser().absolute()

    @property
    def models_dir(self) -> Path:
        return self.engines.models_dir or self.data_dir / "models"

    @property
    def bundled_models_dir(self) -> Path:
        return self.engines.bundled_models_dir or Path(sys.prefix, "share", "mp4totext", "models")

    @property
    def work_dir(self) -> Path:
        """Temporary files. All of them may be deleted while no process runs."""
        return self.data_dir / "work"

    @property
    def public_hosts(self) -> tuple[str, ...]:
        names = (name.strip().lower() for name in self.app.public_hosts.split(","))
        return tuple(name for name in names if name)

    @property
    def gpu_engines(self) -> tuple[str, ...]:
        names = (name.strip() for name in self.engines.gpu_engines.split(","))
        return tuple(name for name in names if name)

    def redis_url(self, database: int) -> str | None:
        """The address of one Redis database, or None without Redis."""
        if self.broker.redis_host is None:
            return None
        password = self.broker.redis_password
        login = f":{quote(password.get_secret_value(), safe='')}@" if password else ""
        host = self.broker.redis_host
        host = f"[{host}]" if ":" in host else host  # IPv6
        return f"redis://{login}{host}:{self.broker.redis_port}/{database}"

    @property
    def broker_url(self) -> str:
        return self.broker.celery_broker_url or self.redis_url(1) or "filesystem://"

    @property
    def live_url(self) -> str | None:
        """The Redis database for change signals and rate limits."""
        return self.redis_url(0)

    @cached_property
    def secret_key(self) -> str:
        if self.app.secret_key is not None:
            return self.app.secret_key.get_secret_value()
        return secret_in(self.data_dir / "secret.key")

    @cached_property
    def jwt_secret(self) -> str:
        if self.auth.jwt_secret is not None:
            return self.auth.jwt_secret.get_secret_value()
        return self.secret_key

    def refuse_weak_secrets(self) -> None:
        """Raises SettingsError in production when a secret is missing, short or well-known."""
        if self.app.app_env != "production":
            return
        if self.app.secret_key is None:
            raise SettingsError(f"SECRET_KEY is not set: {HOW_TO_MAKE_ONE}")
        for variable, secret in (("SECRET_KEY", self.secret_key), ("JWT_SECRET", self.jwt_secret)):
            if (weakness := weakness_of(secret)) is not None:
                raise SettingsError(f"{variable} {weakness}: {HOW_TO_MAKE_ONE}")


def environment(**changes: str) -> dict[str, str]:
    """The environment for a child process: this process's own, with changes."""
    return {**os.environ, **changes}


def replace_environment(variables: Mapping[str, str]) -> None:
    """For a process that was forked before they were known."""
    os.environ.clear()
    os.environ.update(variables)


def has_screen() -> bool:
    """Whether programs of this process can open windows."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
