"""The engine that fits, its reason, and who would do what none here can."""

from mp4totext.providers.speech.base import SpeechCapabilities
from mp4totext.providers.speech.choice import Choice, NoChoice, Wanted, choose, hearers, supporters
from mp4totext.providers.speech.table import SPEECH

EVERY = {name: entry.capabilities for name, entry in SPEECH.items()}


def here(*names: str) -> dict[str, SpeechCapabilities]:
    return {name: EVERY[name] for name in names}


def chosen(wanted: Wanted, *names: str, prices_uc: dict[str, int] | None = None) -> Choice:
    found = choose(wanted, here(*names), prices_uc=prices_uc)
    assert isinstance(found, Choice), found
    return found


def test_english_takes_the_bundled_engine() -> None:
    found = chosen(Wanted(language="en"), "moonshine", "faster-whisper", "openai")
    assert found.engine == "moonshine"
    assert "hears en" in found.reason


def test_another_language_takes_the_first_that_hears_it_and_says_why() -> None:
    found = chosen(Wanted(language="tr"), "moonshine", "faster-whisper", "openai")
    assert found.engine == "faster-whisper"
    assert "moonshine lacks the language tr" in found.reason


def test_a_language_nobody_knows_yet_needs_an_engine_for_all() -> None:
    assert chosen(Wanted(), "moonshine", "faster-whisper").engine == "faster-whisper"


def test_a_vendors_feature_takes_that_vendor() -> None:
    wanted = Wanted(language="en", features=frozenset({"auto_chapters"}))
    assert chosen(wanted, "moonshine", "faster-whisper", "assemblyai").engine == "assemblyai"
    assert chosen(Wanted(language="tr", llm_gateway=True), "groq", "assemblyai").engine == (
        "assemblyai"
    )


def test_a_feature_in_a_language_it_is_not_made_for_is_nobodys() -> None:
    wanted = Wanted(language="tr", features=frozenset({"sentiment_analysis"}))
    found = choose(wanted, here("assemblyai"), every=EVERY)
    assert isinstance(found, NoChoice)
    assert found.supporters == ()
    assert "assemblyai lacks sentiment analysis" in found.reason


def test_who_would_do_it_is_named() -> None:
    found = choose(Wanted(language="tr"), here("moonshine"), every=EVERY)
    assert isinstance(found, NoChoice)
    assert "faster-whisper" in found.supporters
    assert "moonshine" not in found.supporters
    assert supporters("entity_detection", "tr", EVERY) == ["assemblyai"]
    assert supporters("auto_chapters", "en-GB", EVERY) == ["assemblyai"]
    assert supporters("auto_chapters", "tr", EVERY) == []
    assert "moonshine" not in hearers("de", EVERY)


def test_the_cheapest_wins_and_order_breaks_ties() -> None:
    prices = {"openai": 300, "groq": 100, "faster-whisper": 100}
    found = chosen(Wanted(language="de"), "openai", "faster-whisper", "groq", prices_uc=prices)
    assert found.engine == "faster-whisper"
    assert "the cheapest" in found.reason


def test_a_recording_too_long_for_a_vendor_goes_elsewhere() -> None:
    wanted = Wanted(language="de", duration_ms=11 * 3_600_000)
    assert chosen(wanted, "assemblyai", "groq").engine == "groq"


def test_translation_speakers_and_vocabulary_count() -> None:
    assert chosen(
        Wanted(language="tr", translate_to_english=True), "assemblyai", "groq"
    ).engine == ("groq")
    assert chosen(Wanted(language="tr", diarize=True), "groq", "modal").engine == "modal"
    assert chosen(Wanted(language="en", vocabulary=True), "moonshine", "groq").engine == "groq"


def test_nothing_is_set_up() -> None:
    found = choose(Wanted(language="en"), {}, every=EVERY)
    assert isinstance(found, NoChoice)
    assert "none is" in found.reason
