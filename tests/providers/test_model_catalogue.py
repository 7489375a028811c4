"""The model catalogue of a release, and errors in one of an administrator."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from mp4totext.providers.kinds import KINDS
from mp4totext.providers.model_catalogue import (
    InvalidCatalogue,
    ModelEntry,
    TextModelFacts,
    near_names,
    parse,
    shipped,
)
from mp4totext.providers.retirement import verdict
from mp4totext.providers.speech.table import configured_models
from mp4totext.settings import EngineSettings, Settings

DAY = shipped().dated
ROWS = shipped().models
BY_KEY = {entry.key: entry for entry in ROWS}


def row(more: str = "", **changes: str) -> str:
    fields = {"kind": "text", "provider": "acme", "model": "one", "rate": "0.01"} | changes
    lines = [f'{name} = "{value}"' for name, value in fields.items() if value]
    return "\n".join(["dated = 2026-11-28", "[[models]]", *lines, more])


def test_every_row_names_its_page_and_a_provider_of_its_kind() -> None:
    for entry in ROWS:
        assert entry.source.startswith("https://"), entry
        assert entry.provider in KINDS[entry.kind], entry
        assert entry.kind != "text" or entry.text is not None, entry


def test_the_release_sells_its_default_and_it_does_not_end_soon() -> None:
    (default,) = (entry for entry in ROWS if entry.kind == "text" and entry.default)
    assert verdict(default, DAY).state == "sold"


def test_no_default_of_any_kind_ends_within_a_month() -> None:
    month = DAY + timedelta(days=30)
    assert not [e.key for e in ROWS if e.default and verdict(e, month).state == "refused"]


def test_models_that_the_settings_name_are_sold_and_do_not_end_soon() -> None:
    """Sixty days before one ends, the catalogue that is dated so cannot be released with it."""
    for engine, (_, names) in configured_models(Settings(engines=EngineSettings())).items():
        for name in names:
            assert verdict(BY_KEY["speech", engine, name], DAY).state == "sold", name


ENDS_AS_A_WHOLE = ("voice", "openai")  # no model of OpenAI follows on its speech route


def test_what_ends_names_a_model_that_is_there_after_it() -> None:
    for entry in ROWS:
        if entry.retires_at is None:
            assert entry.replaced_by is None, entry
            continue
        if entry.key[:2] == ENDS_AS_A_WHOLE:
            assert entry.replaced_by is None, entry
            continue
        assert entry.replaced_by is not None, entry
        successor = BY_KEY[entry.kind, entry.provider, entry.replaced_by]
        assert verdict(successor, entry.retires_at).state == "sold", entry


def test_prices_of_a_model_have_no_day_without_one_and_no_day_with_two() -> None:
    for entry in ROWS:
        days = {price.since for price in entry.list_prices if price.since is not None}
        for day in days | {DAY}:
            for at in (day - timedelta(days=1), day):
                assert sum(price.holds(at) for price in entry.list_prices) <= 1, entry
        if entry.rate is None and entry.kind == "text":
            assert all(entry.list_price(day) is not None for day in days | {DAY}), entry


def test_an_announced_price_counts_from_its_first_day() -> None:
    flash = BY_KEY["text", "gemini", "gemini-3.8-flash"]
    before, after = flash.list_price(date(2026, 12, 31)), flash.list_price(date(2027, 1, 1))
    assert before is not None
    assert after is not None
    assert (before.input_usd, after.input_usd) == (Decimal("0.75"), Decimal("1.50"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dated = ", "not TOML"),
        ("dated = 2026-11-28", "models: This is required."),
        (row(kind="smell"), "models.0.kind"),
        (row("colour = 1"), "models.0.colour"),
        (row("retires_at = 12"), "models.0.retires_at"),
        (row(rate=""), "has no price"),
        (row("text = { context_tokens = 1 }"), "models.0.text.output_tokens"),
        (row() + row().partition("\n")[2], "twice"),
    ],
)
def test_a_catalogue_that_cannot_be_used_names_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(InvalidCatalogue, match=said) as refused:
        parse(text)
    assert refused.value.status == 422


def test_kinds_to_come_have_the_same_rows() -> None:
    for kind in ("image", "voice"):
        price = 'list_prices = [{ per = "picture", input_usd = "0.04" }]'
        (entry,) = parse(row(price, kind=kind, rate="")).models
        assert (entry.kind, entry.text) == (kind, None)


def test_a_name_finds_those_like_it() -> None:
    names = [entry.model for entry in ROWS]
    assert near_names("gemini-2.5-flsh", names)[0] == "gemini-2.5-flash"
    assert near_names("gpt-oss-120b", names)[0] == "openai/gpt-oss-120b"
    assert near_names("DeepSeek", names) == ["deepseek-ai/DeepSeek-V3.1"]
    assert near_names("zzzz", names) == []


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("nope", []),  # not "openai", nor "ne"
        ("opnai", ["openai"]),
        ("rgoq", ["groq"]),
        ("oonshine", ["moonshine"]),
        ("wihsper", ["whisper"]),
        ("faster_whisper", ["faster-whisper", "whisper"]),
        ("haiku-4.5", ["claude-haiku-4-5"]),
    ],
)
def test_names_that_are_alike_by_chance_are_not_near(typed: str, near: list[str]) -> None:
    names = (
        "auto",
        "claude-haiku-4-5",
        "faster-whisper",
        "groq",
        "moonshine",
        "ne",
        "openai",
        "whisper",
    )
    assert near_names(typed, names) == near


def test_temperature_is_for_models_that_take_one_now() -> None:
    def takes(**facts: str) -> bool:
        return TextModelFacts(context_tokens=1, output_tokens=1, **facts).takes_temperature  # type: ignore[arg-type]  # literals

    assert takes()
    assert not takes(temperature="never")
    assert takes(temperature="without reasoning", reasoning_effort="none")
    assert not takes(temperature="without reasoning", reasoning_effort="low")
    assert not takes(temperature="without reasoning")


def test_rows_compare_by_kind_provider_and_model() -> None:
    assert ModelEntry(kind="text", provider="a", model="b").key == ("text", "a", "b")
