"""Speaks a text and transcribes it again to check it. Every use of a voice goes through it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mp4totext.media.sound import NoSound, Sound, decoded, joined
from mp4totext.providers.base import no_report
from mp4totext.providers.errors import ProviderRejected, ProviderUnreachable
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest
from mp4totext.providers.speech.table import SPEECH, speech_engine
from mp4totext.providers.voice.base import SpokenWord, VoiceRequest
from mp4totext.providers.voice.table import text_to_speech
from mp4totext.settings import Settings
from mp4totext.voices import recognition_check
from mp4totext.voices.pieces import halves, pieces_of
from mp4totext.voices.planning import PlannedVoice

RATE = 24_000
"""Sample rate of stored speech, which most voices have."""

PAUSE_MS = 250  # silence between two pieces
MISSING_MAX = 0.2  # share of a piece's words; with more missing it is spoken again
# Plausible characters per second of a voice, if no engine can recognise the words.
_SLOWEST, _FASTEST = 4.0, 32.0
_AROUND_MS = 1_500  # of silence around the words, which is most of a line of one word


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Synthesised speech. ``words`` are those of the text, with their times."""

    sound: Sound
    words: tuple[SpokenWord, ...]
    heard_back: bool  # False: no engine supports the language, so only the length was checked
    spoken: int = 0  # words, as they are spelled out
    missing: int = 0  # of them, those not recognised


def speak(
    text: str,
    voice: PlannedVoice,
    settings: Settings,
    *,
    check: Callable[[], None] = lambda: None,
    strict: bool = True,
) -> Spoken:
    """Speak a whole text. ``check`` raises if the result is no longer needed.

    ``strict``: as in ``speak_piece``.
    """
    return assembled(
        [
            speak_piece(piece, voice, settings, check=check, strict=strict)
            for piece in pieces_of(text)
        ]
    )


def speak_piece(
    text: str,
    voice: PlannedVoice,
    settings: Settings,
    *,
    check: Callable[[], None],
    strict: bool = True,
) -> Spoken:
    """Speak up to PIECE_CHARACTERS. A piece that lacks words is spoken once more, in halves.

    Raises ProviderRejected with the code "words_missing" when they are missing again; not
    ``strict``: only when it is also too short or too long for the text. An engine does not
    recognise names of other languages, which a translation is full of.
    """
    spoken = _spoken(text, voice, settings, check)
    if not _lacks_words(text, spoken):
        return spoken
    spoken = assembled([_spoken(part, voice, settings, check) for part in halves(text)])
    if not _lacks_words(text, spoken) or (not strict and _has_its_length(text, spoken)):
        return spoken
    raise ProviderRejected(
        f"The voice left out words of {text[:60]!r}, twice. Nothing is charged; write it in "
        "other words, or choose another voice.",
        provider=voice.provider,
        code="words_missing",
    )


def assembled(parts: Sequence[Spoken]) -> Spoken:
    words: list[SpokenWord] = []
    at_ms = 0
    for part in parts:
        words += [
            SpokenWord(text=word.text, start_ms=word.start_ms + at_ms, end_ms=word.end_ms + at_ms)
            for word in part.words
        ]
        at_ms += part.sound.duration_ms + PAUSE_MS
    return Spoken(
        sound=joined([part.sound for part in parts], pause_ms=PAUSE_MS),
        words=tuple(words),
        heard_back=all(part.heard_back for part in parts),
        spoken=sum(part.spoken for part in parts),
        missing=sum(part.missing for part in parts),
    )


def _spoken(
    text: str, voice: PlannedVoice, settings: Settings, check: Callable[[], None]
) -> Spoken:
    check()
    request = VoiceRequest(
        text=text,
        voice=voice.voice,
        language=voice.language,
        model=voice.model,
        speed=voice.speed,
        direction=voice.direction,
        check=check,
    )
    result = text_to_speech(voice.provider, settings).speak(request)
    try:
        sound = decoded(result.sound, rate=RATE)
    except NoSound as error:  # a truncated stream: another attempt may be complete
        raise ProviderUnreachable(
            f"{voice.provider}: {error.message}", provider=voice.provider, code="bad_answer"
        ) from error
    check()
    return _compared(text, voice, sound, result.words, settings)


def _compared(
    text: str,
    voice: PlannedVoice,
    sound: Sound,
    vendor_words: tuple[SpokenWord, ...] | None,
    settings: Settings,
) -> Spoken:
    if voice.language.partition("-")[0] != "en":
        # Numbers are spelled out in English only, so other languages cannot be compared.
        words = vendor_words or recognition_check.spread(text, end_ms=sound.duration_ms)
        return Spoken(sound=sound, words=words, heard_back=False)
    engine = speech_engine(_BUNDLED, settings)
    request = SpeechRequest(samples=sound.for_engine(), options=SpeechOptions(language="en"))
    recognised = [
        word for segment in engine.transcribe(request, no_report).segments for word in segment.words
    ]
    comparison = recognition_check.compare(text, recognised, duration_ms=sound.duration_ms)
    return Spoken(
        sound=sound,
        words=comparison.words,
        heard_back=True,
        spoken=comparison.spoken,
        missing=comparison.missing,
    )


_BUNDLED = next(name for name, entry in SPEECH.items() if entry.capabilities.bundled)


def _lacks_words(text: str, spoken: Spoken) -> bool:
    if spoken.heard_back:
        return spoken.missing > MISSING_MAX * spoken.spoken
    return not _has_its_length(text, spoken)


def _has_its_length(text: str, spoken: Spoken) -> bool:
    least_ms, most_ms = (1000 * len(text) / pace for pace in (_FASTEST, _SLOWEST))
    return least_ms <= spoken.sound.duration_ms <= most_ms + _AROUND_MS
