"""The registry: missing requirements, arguments of providers, one object per process."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from mp4totext.kit.packages import install_command
from mp4totext.providers import registry
from mp4totext.providers.access import Access
from mp4totext.providers.errors import ProviderMisconfigured, ProviderUnsupported
from mp4totext.providers.registry import Entry
from mp4totext.settings import AppSettings, EngineSettings, Settings


class Toy:
    def __init__(self, access: Access[str], *, model: str, quirks: int = 0) -> None:
        self.access = access
        self.model = model
        self.quirks = quirks


TOY = Entry(
    title="A toy for tests",
    vendor="Toys",
    factory=f"{__name__}:Toy",
    capabilities="plays",
    key="OPENAI_API_KEY",
    base_url="OPENAI_BASE_URL",
    options={"model": "OPENAI_SPEECH_MODEL"},
    quirks=7,
)
TABLE = {"toy": TOY}


def settings_for(folder: Path, *, key: str | None = "sk-toy") -> Settings:
    return Settings(
        app=AppSettings(app_env="test", data_dir=folder),
        engines=EngineSettings(
            openai_api_key=None if key is None else SecretStr(key),
            openai_base_url="http://toys.test/v1",
            vendor_timeout_s=5,
            vendor_connect_timeout_s=2,
        ),
    )


def test_an_adapter_gets_what_its_row_names_and_not_the_settings(tmp_path: Path) -> None:
    toy = registry.build(TABLE, "toy", settings_for(tmp_path))
    access = toy.access
    assert (access.key, access.base_url) == ("sk-toy", "http://toys.test/v1")
    assert (access.vendor.name, access.vendor.title) == ("toy", "Toys")
    assert access.vendor.key_setting == "OPENAI_API_KEY"
    assert (access.timeouts.connect_s, access.timeouts.silence_s) == (2, 5)
    assert (access.capabilities, toy.model, toy.quirks) == ("plays", "whisper-1", 7)
    assert "sk-toy" not in repr(access)


def test_without_its_key_nothing_is_built_and_the_variable_is_named(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, key=None)
    assert registry.missing(TOY, settings) == "set OPENAI_API_KEY"
    assert registry.available(TABLE, settings) == []
    with pytest.raises(ProviderMisconfigured, match="toy: set OPENAI_API_KEY"):
        registry.build(TABLE, "toy", settings)


def test_a_key_may_be_optional(tmp_path: Path) -> None:
    open_toy = {"toy": replace(TOY, needs=("OPENAI_BASE_URL",))}
    toy = registry.build(open_toy, "toy", settings_for(tmp_path, key=None))
    assert toy.access.key == ""


def test_a_package_that_is_not_there_says_the_command(tmp_path: Path) -> None:
    entry = replace(TOY, modules=("nothing_of_this_name.at_all",), install=("toys",))
    reason = registry.missing(entry, settings_for(tmp_path))
    command = install_command("toys")  # of a clone: by the pip of its environment
    assert reason == f"nothing_of_this_name.at_all is not installed: {command}"


def test_threads_share_one_object_and_other_settings_have_another(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        built = list(pool.map(lambda _n: registry.build(TABLE, "toy", settings), range(8)))
    assert len({id(toy) for toy in built}) == 1
    assert registry.build(TABLE, "toy", settings_for(tmp_path, key="sk-other")) is not built[0]


def test_providers_can_be_let_go_of(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    built = registry.build(TABLE, "toy", settings)
    registry.forget()
    assert registry.build(TABLE, "toy", settings) is not built


def test_runs_in_folders_of_their_own_share_the_models_they_have_in_common(tmp_path: Path) -> None:
    engines = {"engines": EngineSettings(models_dir=tmp_path / "models")}
    first, second = (
        settings_for(tmp_path / folder, key=None).model_copy(update=engines) for folder in "ab"
    )
    open_toy = {"toy": replace(TOY, needs=())}
    assert registry.build(open_toy, "toy", first) is registry.build(open_toy, "toy", second)


def test_rows_that_share_a_factory_are_two_objects(tmp_path: Path) -> None:
    two = {"toy": TOY, "twin": replace(TOY, vendor="Twins")}
    settings = settings_for(tmp_path)
    titles = [registry.build(two, name, settings).access.vendor.title for name in two]
    assert titles == ["Toys", "Twins"]


def test_a_name_that_is_not_in_the_table_says_which_are(tmp_path: Path) -> None:
    with pytest.raises(ProviderUnsupported, match="'doll' does not exist: choose one of toy"):
        registry.build(TABLE, "doll", settings_for(tmp_path))
