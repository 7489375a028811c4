"""Real loads and decodes of a tiny model made on the spot."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest
from faster_whisper import WhisperModel

from mp4totext.providers.base import no_report
from mp4totext.providers.errors import ProviderMisconfigured, ProviderUnsupported
from mp4totext.providers.speech.base import SpeechOptions, SpeechRequest
from mp4totext.providers.speech.decoding.whisper import Task
from mp4totext.providers.speech.faster_whisper import FasterWhisper, Options
from mp4totext.providers.speech.faster_whisper_model import WhisperDecoder
from mp4totext.providers.vad import Region
from mp4totext.transcript import CoverageKind, Transcript, problems
from tests.support.speech_samples import hiss, two_cities
from tests.support.tiny_whisper import SAYS, make_whisper

SENTENCE = SAYS.strip()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("models")
    make_whisper(home / "faster-whisper" / "tiny")
    make_whisper(home / "faster-whisper" / "tiny.en", english=True)
    make_whisper(home / "faster-whisper" / "german", language="de")
    (home / "faster-whisper" / "torn").mkdir()
    (home / "faster-whisper" / "torn" / "model.bin").write_bytes(b"no model")
    return home


@pytest.fixture(scope="module")
def engine(models: Path) -> FasterWhisper:
    return FasterWhisper(Options(models_dir=models, model="tiny"))


def test_words_have_times_in_the_recordings_own_time(engine: FasterWhisper) -> None:
    request = SpeechRequest(samples=two_cities(), offset_ms=60_000)
    result = engine.transcribe(request, no_report)
    assert result.segments
    spoken = " ".join(segment.text for segment in result.segments)
    assert spoken.replace(SENTENCE, "").strip() == ""  # pauses cut it where words are far apart
    words = [word for segment in result.segments for word in segment.words]
    assert all(60_000 <= w.start_ms <= w.end_ms <= 80_000 for w in words)
    assert all(w.confidence is not None and w.confidence > 0.9 for w in words)
    # A window that starts later: the same invariants, counted from the recording's start.
    assert problems(Transcript(duration_ms=80_000, segments=result.segments)) == []
    assert (result.coverage[0].start_ms, result.coverage[-1].end_ms) == (60_000, 80_000)


def test_a_numeral_has_a_time(engine: FasterWhisper) -> None:
    result = engine.transcribe(SpeechRequest(samples=two_cities()), no_report)
    numerals = [w for s in result.segments for w in s.words if w.text == "42"]
    assert numerals
    assert all(word.end_ms >= word.start_ms for word in numerals)


def test_numbers_are_plain_so_that_json_takes_them(engine: FasterWhisper) -> None:
    result = engine.transcribe(SpeechRequest(samples=two_cities()), no_report)
    assert json.dumps(asdict(result))


def test_a_mark_belongs_to_its_word_and_lasts_until_the_next(tmp_path: Path) -> None:
    """Whisper attends to the end of a word, and to a pause after it, when it writes the mark."""
    folder = make_whisper(tmp_path / "marks", says=" Who? Me, he said.")
    model = WhisperModel(str(folder), device="cpu", local_files_only=True)
    decoder = WhisperDecoder(model, batch_size=1, beam_size=1)
    samples = two_cities(0, 5_000)
    task = Task(samples=samples, language="en", translate=False, hint=None)
    (raw,) = decoder.decode(task, decoder.encode(samples, [Region(0, 5_000)]))
    assert [word.text for word in raw.words] == ["Who?", "Me,", "he", "said."]
    assert raw.words[1].end_ms == raw.words[2].start_ms


def test_silence_is_silence(engine: FasterWhisper) -> None:
    result = engine.transcribe(SpeechRequest(samples=hiss(10)), no_report)
    assert result.segments == ()
    assert result.language is None
    assert {stretch.kind for stretch in result.coverage} == {CoverageKind.NO_SPEECH}


def test_a_sentence_that_comes_again_and_again_is_quarantined(engine: FasterWhisper) -> None:
    result = engine.transcribe(SpeechRequest(samples=two_cities(0, 44_000)), no_report)
    kept = [segment.text for segment in result.segments]
    quarantined = [c for c in result.coverage if c.kind is CoverageKind.QUARANTINED]
    assert kept.count(SENTENCE) <= 3
    assert all(stretch.text == SENTENCE for stretch in quarantined)


def test_batching_changes_nothing_but_speed(models: Path) -> None:
    def texts(batch_size: int) -> list[str]:
        engine = FasterWhisper(Options(models_dir=models, model="tiny", batch_size=batch_size))
        result = engine.transcribe(SpeechRequest(samples=two_cities(0, 44_000)), no_report)
        return [segment.text for segment in result.segments]

    assert texts(1) == texts(4)


def test_two_threads_share_a_model(engine: FasterWhisper) -> None:
    request = SpeechRequest(samples=two_cities(), options=SpeechOptions(language="en"))
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: engine.transcribe(request, no_report), range(2))
    assert one == two


def test_detects_the_language_by_a_vote_of_voiced_stretches(models: Path) -> None:
    engine = FasterWhisper(Options(models_dir=models, model="german"))
    result = engine.transcribe(SpeechRequest(samples=two_cities()), no_report)
    assert result.language == "de"
    assert result.language_confidence is not None
    assert result.language_confidence > 0.9
    assert {segment.language for segment in result.segments} == {"de"}


def test_stretches_of_a_span_vote_with_its_encoding(models: Path) -> None:
    samples = two_cities(0, 12_000)
    stretches = [Region(start, start + 5_000) for start in (2_000, 4_500, 7_000)]
    for name, leaders in (("german", ["de"] * 3), ("tiny.en", [])):
        folder = models / "faster-whisper" / name
        model = WhisperModel(str(folder), device="cpu", local_files_only=True)
        decoder = WhisperDecoder(model, batch_size=1, beam_size=1)
        (span,) = decoder.encode(samples, [Region(2_000, 12_000)])
        votes = decoder.votes_inside(span, stretches)
        assert [max(vote, key=lambda code: vote[code]) for vote in votes] == leaders
        assert [sum(vote.values()) for vote in votes] == pytest.approx([1.0] * len(leaders))


def test_the_language_a_user_chose_is_used(engine: FasterWhisper) -> None:
    request = SpeechRequest(samples=two_cities(), options=SpeechOptions(language="pt-BR"))
    result = engine.transcribe(request, no_report)
    assert result.language == "pt"
    assert {segment.language for segment in result.segments} == {"pt"}
    assert result.language_confidence is None  # nothing was detected


def test_a_translation_is_english(engine: FasterWhisper) -> None:
    request = SpeechRequest(
        samples=two_cities(), options=SpeechOptions(language="tr", translate_to_english=True)
    )
    assert engine.transcribe(request, no_report).language == "en"


def test_the_vocabulary_reaches_the_model(engine: FasterWhisper) -> None:
    def text(*vocabulary: str) -> list[str]:
        request = SpeechRequest(
            samples=two_cities(), options=SpeechOptions(language="en", vocabulary=vocabulary)
        )
        return [segment.text for segment in engine.transcribe(request, no_report).segments]

    # The model speaks by place: words before the text, in its prompt, move what comes out.
    assert text("Ja") != text()


def test_a_vocabulary_that_does_not_fit_is_told(engine: FasterWhisper) -> None:
    many = tuple(f"word{n}" for n in range(500))
    request = SpeechRequest(
        samples=two_cities(0, 2_500), options=SpeechOptions(language="en", vocabulary=many)
    )
    (warning,) = engine.transcribe(request, no_report).warnings
    assert "did not fit" in warning


def test_an_english_model_refuses_what_it_cannot(models: Path) -> None:
    engine = FasterWhisper(Options(models_dir=models, model="tiny.en"))
    assert engine.transcribe(SpeechRequest(samples=two_cities()), no_report).language == "en"
    with pytest.raises(ProviderUnsupported, match="does not support the language 'tr'"):
        engine.transcribe(
            SpeechRequest(samples=two_cities(), options=SpeechOptions(language="tr")), no_report
        )
    with pytest.raises(ProviderUnsupported, match="cannot translate"):
        engine.transcribe(
            SpeechRequest(samples=two_cities(), options=SpeechOptions(translate_to_english=True)),
            no_report,
        )


def test_a_missing_model_says_which_command_gets_it(models: Path) -> None:
    engine = FasterWhisper(Options(models_dir=models, model="base"))
    with pytest.raises(ProviderMisconfigured, match="models pull faster-whisper:base") as caught:
        engine.transcribe(SpeechRequest(samples=two_cities()), no_report)
    assert caught.value.code == "model_missing"


def test_a_folder_that_is_no_model_says_what_was_expected(models: Path) -> None:
    engine = FasterWhisper(Options(models_dir=models, model="torn"))
    with pytest.raises(ProviderMisconfigured, match=r"tokenizer\.json") as caught:
        engine.transcribe(SpeechRequest(samples=two_cities()), no_report)
    assert caught.value.code == "model_broken"


def test_files_that_are_no_model_say_so(models: Path, tmp_path: Path) -> None:
    folder = make_whisper(tmp_path / "model")
    (folder / "model.bin").write_bytes(b"no model")
    engine = FasterWhisper(Options(models_dir=models, model=str(folder)))
    with pytest.raises(ProviderMisconfigured, match="cannot be loaded"):
        engine.transcribe(SpeechRequest(samples=two_cities()), no_report)


def test_only_the_settings_may_name_a_folder(models: Path, tmp_path: Path) -> None:
    folder = make_whisper(tmp_path / "mine")
    engine = FasterWhisper(Options(models_dir=models, model=str(folder)))
    assert engine.transcribe(SpeechRequest(samples=two_cities()), no_report).segments
    for name in (str(models / "faster-whisper" / "tiny"), "../faster-whisper/tiny", "..", ""):
        request = SpeechRequest(samples=two_cities(), options=SpeechOptions(model=name or "/"))
        with pytest.raises(ProviderUnsupported):
            engine.transcribe(request, no_report)


def test_a_cancel_stops_the_work(engine: FasterWhisper) -> None:
    class Cancelled(Exception):
        pass

    def cancel(_done_ms: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        engine.transcribe(SpeechRequest(samples=two_cities()), cancel)
