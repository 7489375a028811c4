"""Language tags in all spellings of people and files."""

import pytest

from mp4totext.kit import languages
from mp4totext.providers.speech.languages import _BY_NAME, WHISPER_LANGUAGES


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("en", "en"),
        ("EN", "en"),
        (" En ", "en"),
        ("EN-us", "en-US"),
        ("pt_BR", "pt-BR"),
        ("pt_br", "pt-BR"),
        ("eng", "en"),
        ("ENG", "en"),
        ("jw", "jv"),
        ("iw-IL", "he-IL"),
        ("deu", "de"),
        ("ger", "de"),
        ("GER-at", "de-AT"),
        ("English", "en"),
        ("german", "de"),
        ("MANDARIN", "zh"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("yue", "yue"),
        ("zh-yue", "yue"),
        ("zh-cmn-Hant", "zh-Hant"),
        ("cmn", "zh"),
        ("cmn_hans", "zh-Hans"),
        ("arb", "ar"),
        ("scr", "hr"),
        ("Haitian Creole", "ht"),
        ("Brazilian Portuguese", "pt-BR"),
        ("Norwegian Bokmål", "nb"),
        ("Farsi", "fa"),
        ("Valencian", "ca"),
        ("British English", "en-GB"),
        ("Traditional Chinese", "zh-Hant"),
        ("sl-rozaj-1994", "sl-rozaj-1994"),
    ],
)
def test_one_way_of_writing(written: str, kept: str) -> None:
    assert languages.normal(written) == kept
    assert languages.normal(kept) == kept


@pytest.mark.parametrize(
    "written",
    ["", "e", "klingonese", "en us", "en-", "-en", "12", "en--US", "ｅｎ", "日本語"],
)
def test_what_is_no_language(written: str) -> None:
    assert languages.normal(written) is None


def test_every_code_and_name_leads_to_a_code() -> None:
    for known in (*languages._PREFERRED, *languages._NAMES):
        code = languages.normal(known)
        assert code is not None
        assert languages.normal(code) == code


def test_languages_of_whisper_are_known_by_the_names_that_it_gives_them() -> None:
    named = {name: languages.normal(name) for name in WHISPER_LANGUAGES.values()}
    assert named == {name: languages.normal(code) for code, name in WHISPER_LANGUAGES.items()}


def test_languages_have_all_the_names_that_whisper_takes() -> None:
    assert {name: languages.normal(name) for name in _BY_NAME} == {
        name: languages.normal(code) for name, code in _BY_NAME.items()
    }


@pytest.mark.parametrize(
    ("a", "b", "are_same"),
    [
        ("en", "EN-gb", True),
        ("eng", "en_US", True),
        ("German", "de", True),
        ("en", "de", False),
        ("?!", "?!", True),
        ("?!", "en", False),
    ],
)
def test_same_language_whatever_the_country(a: str, b: str, *, are_same: bool) -> None:
    assert languages.same(a, b) is are_same
