"""A thousand random responses for each vendor: results are ordered, valid and complete."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mp4totext.providers.base import Samples, no_report
from mp4totext.providers.json_fields import seconds_to_ms, share
from mp4totext.providers.speech import assemblyai_answer, modal
from mp4totext.providers.speech.base import Feature, SpeechOptions, SpeechRequest, SpeechResult
from mp4totext.providers.speech.decoding import openai_audio, whisper_windows
from mp4totext.providers.speech.decoding.whisper import EncodedSpan, Task, Vote
from mp4totext.providers.speech.decoding.word_timing import RawSegment, RawWord
from mp4totext.providers.vad import FRAME, Probabilities, Region, Vad
from mp4totext.transcript import CoverageKind
from tests.contracts.transcript_rules import broken_rules
from tests.support.speech_samples import file_request

LENGTH_MS = 30_000
START_MS = 60_000
VOICE = (Region(0, 12_000), Region(14_000, LENGTH_MS))
SAMPLES = np.zeros(LENGTH_MS * 16, np.float32)
CHARACTERS = "abcde 7,.!?-'\"、。你好 ß"
ODD: tuple[object, ...] = (
    None,
    "1.5",
    [],
    {},
    True,
    -1,
    1e300,
    float("inf"),
    float("nan"),
    -0.0,
    "",
    10**30,
)


def time(random: Random, unit: int) -> object:
    kind = random.random()
    if kind < 0.7:
        return random.uniform(0, LENGTH_MS / unit)
    if kind < 0.85:
        return random.uniform(-LENGTH_MS, 3 * LENGTH_MS) / unit
    return random.choice(ODD)


def text(random: Random, longest: int = 12) -> str:
    return "".join(random.choices(CHARACTERS, k=random.randint(0, longest)))


def damaged(random: Random, item: dict[str, Any]) -> dict[str, Any]:
    """With fields missing; the text is kept, because a lost text could not be asked for again."""
    kept = {name: v for name, v in item.items() if name == "text" or random.random() > 0.08}
    return dict(random.sample(sorted(kept.items()), len(kept)))


def words(random: Random, name: str, unit: int) -> list[dict[str, Any]]:
    many = [
        {
            name: text(random, 8),
            "start": time(random, unit),
            "end": time(random, unit),
            "confidence": time(random, 1_000),
            "probability": time(random, 1_000),
            "speaker": random.choice(("A", "B", "", None, 7)),
        }
        for _ in range(random.randint(0, 12))
    ]
    if random.random() < 0.5:  # as most vendors do: in order
        many.sort(key=lambda w: w["start"] if isinstance(w["start"], float) else 0.0)
    return many


def openai_answer(random: Random) -> dict[str, Any]:
    sent = words(random, "word", 1_000)
    segments = [
        damaged(
            random,
            {
                "text": text(random, 30),
                "start": time(random, 1_000),
                "end": time(random, 1_000),
                "avg_logprob": random.choice((-0.2, None, "x", float("-inf"))),
                "speaker": random.choice((None, "A", "B", 3)),
            },
        )
        for _ in range(random.randint(0, 4))
    ]
    said = " ".join(w["word"] for w in sent)
    whole = random.choice((said, " ".join(s["text"] for s in segments), text(random, 40)))
    answer = {
        "text": whole,
        "words": random.choice((sent, [], None)),
        "segments": random.choice((segments, [], None)),
        "language": random.choice(("english", "TR", None, 5, "klingon")),
        "logprobs": random.choice(
            (None, [{"token": " a", "logprob": -0.5}, {"token": "b", "logprob": None}])
        ),
    }
    return damaged(random, answer)


def assemblyai_reply(random: Random) -> dict[str, Any]:
    sent = [damaged(random, word) for word in words(random, "text", 1)]
    said = " ".join(word["text"] for word in sent)
    item = {"start": time(random, 1), "end": time(random, 1), "text": text(random)}
    return damaged(
        random,
        {
            "text": random.choice((said, said + "!", text(random, 40))),
            "words": random.choice((sent, None, [3, "x"])),
            "language_code": random.choice(("en_us", "tr", None, 7)),
            "language_confidence": time(random, 1),
            "sentiment_analysis_results": random.choice((None, [item | {"sentiment": "NEUTRAL"}])),
            "chapters": random.choice((None, [item], "no")),
            "entities": random.choice((None, [item, None])),
            "auto_highlights_result": random.choice(
                (None, {"status": "unavailable"}, {"status": "success", "results": [item]})
            ),
        },
    )


def modal_reply(random: Random) -> dict[str, Any]:
    segments = []
    for _ in range(random.randint(0, 4)):
        sent = words(random, "word", 1_000)
        said = "".join(" " + w["word"] for w in sent)
        segments.append(
            damaged(
                random,
                {
                    "text": random.choice((said, text(random, 30))),
                    "start": time(random, 1_000),
                    "end": time(random, 1_000),
                    "words": random.choice((sent, None)),
                },
            )
        )
    turn = {"start": time(random, 1_000), "end": time(random, 1_000), "speaker": "SPEAKER_00"}
    return damaged(random, {"segments": segments, "turns": [turn, {}, None], "language": "en"})


def whispers_answer(random: Random) -> dict[str, Any]:
    """What a local Whisper decodes: stretches with words, the numbers anything."""
    segments = []
    for _ in range(random.randint(0, 4)):
        sent = words(random, "word", 1_000)
        said = "".join(" " + w["word"] for w in sent)
        segments.append(
            {
                "text": random.choice((said, text(random, 30))),
                "start": time(random, 1_000),
                "end": time(random, 1_000),
                "words": random.choice((sent, [])),
            }
        )
    return {"segments": segments}


class AlwaysVoice(Vad):
    def probabilities(self, samples: Samples) -> Probabilities:
        return np.where(np.arange(len(samples) // FRAME + 1) % 50 < 45, 0.9, 0.0).astype(np.float32)


@dataclass
class Decoded:
    """A decoder that gives one answer, and nothing the second time."""

    answer: dict[str, Any]
    languages: frozenset[str] = frozenset({"en", "de"})

    def encode(self, samples: Samples, regions: Sequence[Region]) -> list[EncodedSpan]:
        return [EncodedSpan(region, None) for region in regions]

    def vote(self, span: EncodedSpan) -> Vote:
        return {"en": 0.6, "de": 0.4}

    def votes_inside(self, span: EncodedSpan, stretches: Sequence[Region]) -> Sequence[Vote]:
        return ()

    def hint(self, vocabulary: Sequence[str]) -> tuple[str | None, int]:
        return None, 0

    def decode(self, task: Task, spans: Sequence[EncodedSpan]) -> Iterator[RawSegment]:
        for segment in self.answer["segments"]:
            yield RawSegment(
                text=segment["text"],
                start_ms=seconds_to_ms(segment["start"]),
                end_ms=seconds_to_ms(segment["end"]),
                words=tuple(
                    RawWord(
                        text=word["word"],
                        start_ms=seconds_to_ms(word["start"]),
                        end_ms=seconds_to_ms(word["end"]),
                        confidence=share(word["probability"]),
                    )
                    for word in segment["words"]
                ),
                language=task.language,
            )

    def decode_again(self, task: Task, region: Region) -> Iterator[RawSegment]:
        return iter(())


VAD = AlwaysVoice()


def of_whispers(answer: dict[str, Any]) -> SpeechResult:
    request = SpeechRequest(
        samples=SAMPLES, offset_ms=START_MS, options=SpeechOptions(language="en")
    )
    return whisper_windows.transcribe_window(
        Decoded(answer), request, name="m", provider="whisper", vad=VAD, report=no_report
    )


def of_openai(answer: dict[str, Any]) -> SpeechResult:
    window = openai_audio.Window(
        request=SpeechRequest(samples=SAMPLES, offset_ms=START_MS),
        voice=tuple(Region(r.start_ms + START_MS, r.end_ms + START_MS) for r in VOICE),
        start_ms=START_MS,
        end_ms=START_MS + LENGTH_MS,
    )
    return openai_audio.result_of(answer, window, model="m")


def of_assemblyai(answer: dict[str, Any]) -> SpeechResult:
    asked: frozenset[Feature] = frozenset(
        ("sentiment_analysis", "auto_chapters", "auto_highlights", "entity_detection")
    )
    request = file_request(SAMPLES, diarize=True, features=asked)
    return assemblyai_answer.result_of(answer, request, voice=VOICE)


def of_modal(answer: dict[str, Any]) -> SpeechResult:
    return modal.result_of(answer, file_request(SAMPLES, diarize=True), voice=VOICE)


def spoken(answer: dict[str, Any]) -> list[str]:
    """The texts that must come back: the whole one where a vendor sends it, else its parts."""
    if isinstance(answer.get("text"), str) and answer["text"].strip():
        return [answer["text"]]
    for name in ("segments", "words"):
        items = [i for i in answer.get(name) or [] if isinstance(i, dict)]
        said = [str(i.get("text", i.get("word", ""))) for i in items]
        if any(s.strip() for s in said):
            return said
    return []


def squeezed(texts: list[str]) -> str:
    """Without spaces, full stops and capitals, which are fitted where stretches meet."""
    return "".join("".join(texts).casefold().replace(".", "").split())


@pytest.mark.slow
@pytest.mark.no_cover  # tracing would take longer than the work
@pytest.mark.parametrize(
    ("make", "normalised", "start_ms"),
    [
        (openai_answer, of_openai, START_MS),
        (assemblyai_reply, of_assemblyai, 0),
        (modal_reply, of_modal, 0),
        (whispers_answer, of_whispers, START_MS),
    ],
    ids=["openai and groq", "assemblyai", "modal", "the local whispers"],
)
def test_random_answers(
    make: Callable[[Random], dict[str, Any]],
    normalised: Callable[[dict[str, Any]], SpeechResult],
    start_ms: int,
) -> None:
    @settings(max_examples=1_000, deadline=None)
    @given(st.integers(0, 2**32))
    def holds(seed: int) -> None:
        answer = make(Random(seed))
        result = normalised(answer)
        assert broken_rules(result, start_ms=start_ms, end_ms=start_ms + LENGTH_MS) == []
        # Quarantined text is out of the text, but it is kept: nothing is lost.
        kept = [(s.start_ms, s.text) for s in result.segments]
        kept += [
            (c.start_ms, c.text or "")
            for c in result.coverage
            if c.kind is CoverageKind.QUARANTINED
        ]
        found = sorted(squeezed([said for _, said in kept]))
        assert found == sorted(squeezed(spoken(answer)))

    holds()
