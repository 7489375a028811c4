"""Creates providers from the rows of the tables, once per process, or reports what is missing.

The tables are ``<kind>/table.py``; ``kinds.py`` lists them. See CONTRIBUTING for how to add a
provider.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from threading import Lock
from typing import Any, Generic, TypeVar

from pydantic import SecretStr

from mp4totext.kit.named import named
from mp4totext.kit.packages import install_command
from mp4totext.providers import connections
from mp4totext.providers.access import Access, Capabilities, Machine, Timeouts
from mp4totext.providers.errors import ProviderMisconfigured, ProviderUnsupported
from mp4totext.providers.vendor_errors import Vendor
from mp4totext.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Generic[Capabilities]):
    """Where a provider is and what it needs. Settings have their names in the environment.

    ``factory`` is imported on first use, and called with an Access and, as keyword arguments, the
    settings of ``options`` and the ``quirks``.
    """

    title: str  # for lists
    factory: str  # "module:callable"
    capabilities: Capabilities
    vendor: str = ""  # for messages, such as "OpenAI"; "": the title
    modules: tuple[str, ...] = ()  # names of the modules it imports
    install: tuple[str, ...] = ()  # packages that contain them
    key: str | None = None  # setting that has its key
    base_url: str | None = None  # setting that has its address
    needs: tuple[str, ...] | None = None  # required settings; None: the key's
    options: Mapping[str, str] = field(default_factory=dict)  # factory argument -> setting
    quirks: object = None  # how this vendor differs from others with the same factory
    # Why a local model (None: that of the settings) is missing, with the command to get it.
    model_missing: Callable[[Settings, str | None], str | None] = lambda _settings, _model: None

    @property
    def needed_settings(self) -> tuple[str, ...]:
        if self.needs is not None:
            return self.needs
        return () if self.key is None else (self.key,)


Table = Mapping[str, Entry[Capabilities]]
Row = TypeVar("Row")


def row(table: Mapping[str, Row], name: str) -> Row:
    """Raises ProviderUnsupported with the names that exist."""
    try:
        return table[name]
    except KeyError:
        names = ", ".join(sorted(table))
        raise ProviderUnsupported(f"{name!r} does not exist: choose one of {names}") from None


def missing(entry: Entry[Any], settings: Settings, *, model: str | None = None) -> str | None:
    """Why a provider cannot be used here, with the command or variable to add; None if it can.

    ``model``: that of a request; None: that of the settings.
    """
    return _missing_requirement(entry, settings) or entry.model_missing(settings, model)


def available(table: Table[Any], settings: Settings) -> list[str]:
    """Names of the providers that can be used here, in the table's order."""
    return [name for name, entry in table.items() if missing(entry, settings) is None]


def setting(settings: Settings, name: str) -> Any:  # whatever type the setting has
    """The value of a setting by its name in the environment; secrets as plain text."""
    value = getattr(settings.engines, name.lower())
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def build(table: Table[Any], name: str, settings: Settings) -> Any:  # the kind's Protocol
    """The provider; one object for equal settings, so that a model is loaded once per process.

    Raises ProviderMisconfigured with what is missing. A missing model is not checked, as a request
    may name another one.
    """
    entry = row(table, name)
    reason = _missing_requirement(entry, settings)
    if reason is not None:
        raise ProviderMisconfigured(f"{name}: {reason}", provider=name)
    access, arguments = _factory_arguments(entry, name, settings)
    identity = (entry.factory, access, arguments)
    with _BUILDING:  # two threads may need an engine at once
        for other, provider in _BUILT:
            if other == identity:
                return provider
        provider = named(entry.factory)(access, **arguments)
        _BUILT.append((identity, provider))
        return provider


def forget() -> None:
    """Drop all providers with their loaded models, and close their connections.

    Call it only while none of them is in use.
    """
    with _BUILDING:
        # First, as an adapter that is dropped takes its connections with it.
        connections.close_all()
        _BUILT.clear()


_BUILDING = Lock()
# (factory, Access, other arguments): compared, not hashed, as they contain dicts.
_BUILT: list[tuple[tuple[str, Access[Any], dict[str, Any]], Any]] = []


def _factory_arguments(
    entry: Entry[Any], name: str, settings: Settings
) -> tuple[Access[Any], dict[str, Any]]:
    engines = settings.engines
    access = Access(
        vendor=Vendor(name=name, title=entry.vendor or entry.title, key_setting=entry.key or ""),
        capabilities=entry.capabilities,
        key=(setting(settings, entry.key) if entry.key else None) or "",
        base_url=(setting(settings, entry.base_url) if entry.base_url else None) or "",
        timeouts=Timeouts(
            connect_s=engines.vendor_connect_timeout_s,
            silence_s=engines.vendor_timeout_s,
            poll_s=engines.vendor_poll_s,
            wait_s=engines.vendor_wait_s,
        ),
        machine=Machine(
            models_dir=settings.models_dir,
            bundled_models_dir=settings.bundled_models_dir,
            threads=settings.jobs.worker_threads,
        ),
    )
    arguments = {argument: setting(settings, name) for argument, name in entry.options.items()}
    if entry.quirks is not None:
        arguments["quirks"] = entry.quirks
    return access, arguments


def _missing_requirement(entry: Entry[Any], settings: Settings) -> str | None:
    absent = [name for name in entry.modules if not _importable(name)]
    if absent:
        return f"{', '.join(absent)} is not installed: {install_command(*entry.install)}"
    if any(setting(settings, name) is None for name in entry.needed_settings):
        return f"set {' and '.join(entry.needed_settings)}"
    return None


def _importable(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # the parent package is missing
        return False
