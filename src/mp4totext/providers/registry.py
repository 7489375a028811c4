"""Builds providers from the rows of the tables, once a process, or tells what they lack here.

The tables are ``<kind>/table.py``; ``kinds.py`` lists them. To add a provider: its file, its row,
its settings. See CONTRIBUTING.
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
    """Where a provider is and what it needs. Settings are named as in the environment.

    ``factory`` is imported when the provider is first used, and called with an Access and, by
    name, the settings of ``options`` and the ``quirks``.
    """

    title: str  # in lists
    factory: str  # "module:callable"
    capabilities: Capabilities
    vendor: str = ""  # in messages, "OpenAI"; "": the title
    modules: tuple[str, ...] = ()  # importable names it needs
    install: tuple[str, ...] = ()  # the packages that bring them
    key: str | None = None  # the setting with its key
    base_url: str | None = None  # the setting with its address
    needs: tuple[str, ...] | None = None  # settings that must be set; None: the key's
    options: Mapping[str, str] = field(default_factory=dict)  # argument of the factory -> setting
    quirks: object = None  # what this vendor does otherwise than others of its factory
    # Why a local model (None: the one the settings name) is not there, with the command.
    model_missing: Callable[[Settings, str | None], str | None] = lambda _settings, _model: None

    @property
    def needed_settings(self) -> tuple[str, ...]:
        if self.needs is not None:
            return self.needs
        return () if self.key is None else (self.key,)


Table = Mapping[str, Entry[Capabilities]]
Row = TypeVar("Row")


def row(table: Mapping[str, Row], name: str) -> Row:
    """Raises ProviderUnsupported naming the rows that there are."""
    try:
        return table[name]
    except KeyError:
        names = ", ".join(sorted(table))
        raise ProviderUnsupported(f"{name!r} does not exist: choose one of {names}") from None


def missing(entry: Entry[Any], settings: Settings, *, model: str | None = None) -> str | None:
    """Why a provider cannot be used here, with the command or variable that adds it; or None.

    ``model``: the one a request names; None is the one the settings name.
    """
    return _unbuildable(entry, settings) or entry.model_missing(settings, model)


def available(table: Table[Any], settings: Settings) -> list[str]:
    """Names of those that can be used here, in the table's order."""
    return [name for name, entry in table.items() if missing(entry, settings) is None]


def setting(settings: Settings, name: str) -> Any:  # whatever type the setting has
    """By its name in the environment; secrets as plain text."""
    value = getattr(settings.engines, name.lower())
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def build(table: Table[Any], name: str, settings: Settings) -> Any:  # the kind's Protocol
    """The provider; the same object for equal settings, so that a model is loaded once a process.

    Raises ProviderMisconfigured saying what is missing. A missing model is not looked for: a
    request may name another one, which is here.
    """
    entry = row(table, name)
    reason = _unbuildable(entry, settings)
    if reason is not None:
        raise ProviderMisconfigured(f"{name}: {reason}", provider=name)
    access, arguments = _handed_over(entry, name, settings)
    identity = (entry.factory, access, arguments)
    with _BUILDING:  # two threads that need an engine at once share it
        for other, provider in _BUILT:
            if other == identity:
                return provider
        provider = named(entry.factory)(access, **arguments)
        _BUILT.append((identity, provider))
        return provider


def forget() -> None:
    """Drops all providers and the models in their memory, and closes their connections.

    Call it only while none of them works.
    """
    with _BUILDING:
        connections.close_all()  # first: an adapter that is gone took its connections with it
        _BUILT.clear()


_BUILDING = Lock()
# (factory, Access, its other arguments): they hold dicts, so they are compared and not hashed.
_BUILT: list[tuple[tuple[str, Access[Any], dict[str, Any]], Any]] = []


def _handed_over(
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


def _unbuildable(entry: Entry[Any], settings: Settings) -> str | None:
    absent = [name for name in entry.modules if not _importable(name)]
    if absent:
        return f"{', '.join(absent)} is not installed: {install_command(*entry.install)}"
    if any(setting(settings, name) is None for name in entry.needed_settings):
        return f"set {' and '.join(entry.needed_settings)}"
    return None


def _importable(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # the package around it is missing
        return False
