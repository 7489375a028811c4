"""The automatic choice of an engine, its reason, and suggestions if none is suitable."""

from mp4totext.providers.speech.base import SpeechCapabilities
from mp4totext.providers.speech.choice import Choice, EngineNeeds, NoChoice, choose
from mp4totext.providers.speech.table import SPEECH

EVERY = {name: entry.capabilities for name, entry in SPEECH.items()}


def here(*names: str) -> dict[str, SpeechCapabilities]:
    return {name: EVERY[name] for name in names}


def chosen(needs: EngineNeeds, *names: str, prices_uc: dict[str, int] | None = None) -> Choice:
    choice = choose(needs, here(*names), prices_uc=prices_uc)
    assert isinstance(choice, Choice), choice
    return choice


def test_english_takes_the_bundled_engine() -> None:
    choice = chosen(EngineNeeds(language="en"), "moonshine", "faster-whisper", "openai")
    assert choice.engine == "moonshine"
    assert "supports en" in choice.reason


def test_another_language_takes_the_first_that_supports_it_and_says_why() -> None:
    choice = chosen(EngineNeeds(language="tr"), "moonshine", "faster-whisper", "openai")
    assert choice.engine == "faster-whisper"
    assert "moonshine lacks the language tr" in choice.reason


def test_an_unknown_language_needs_an_engine_for_all() -> None:
    assert chosen(EngineNeeds(), "moonshine", "faster-whisper").engine == "faster-whisper"


def test_a_vendors_feature_takes_that_vendor() -> None:
    needs = EngineNeeds(language="en", features=frozenset({"auto_chapters"}))
    assert chosen(needs, "moonshine", "faster-whisper", "assemblyai").engine == "assemblyai"
    assert chosen(EngineNeeds(language="tr", llm_gateway=True), "groq", "assemblyai").engine == (
        "assemblyai"
    )


def test_no_engine_has_a_feature_in_a_language_it_is_not_made_for() -> None:
    needs = EngineNeeds(language="tr", features=frozenset({"sentiment_analysis"}))
    choice = choose(needs, here("assemblyai"), all_engines=EVERY)
    assert isinstance(choice, NoChoice)
    assert choice.supporters == ()
    assert "assemblyai lacks sentiment analysis" in choice.reason


def test_engines_that_would_do_it_are_named() -> None:
    choice = choose(EngineNeeds(language="tr"), here("moonshine"), all_engines=EVERY)
    assert isinstance(choice, NoChoice)
    assert "faster-whisper" in choice.supporters
    assert "moonshine" not in choice.supporters


def test_the_cheapest_wins_and_order_breaks_ties() -> None:
    prices = {"openai": 300, "groq": 100, "faster-whisper": 100}
    choice = chosen(
        EngineNeeds(language="de"), "openai", "faster-whisper", "groq", prices_uc=prices
    )
    assert choice.engine == "faster-whisper"
    assert "the cheapest" in choice.reason


def test_a_recording_too_long_for_a_vendor_goes_elsewhere() -> None:
    needs = EngineNeeds(language="de", duration_ms=11 * 3_600_000)
    assert chosen(needs, "assemblyai", "groq").engine == "groq"


def test_translation_speakers_and_a_prompt_count() -> None:
    assert chosen(
        EngineNeeds(language="tr", translate_to_english=True), "assemblyai", "groq"
    ).engine == ("groq")
    assert chosen(EngineNeeds(language="tr", diarize=True), "groq", "modal").engine == "modal"
    assert chosen(EngineNeeds(language="en", prompt=True), "moonshine", "groq").engine == "groq"


def test_nothing_is_set_up() -> None:
    choice = choose(EngineNeeds(language="en"), {}, all_engines=EVERY)
    assert isinstance(choice, NoChoice)
    assert "none is" in choice.reason
