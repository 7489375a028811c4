"""Generates transcripts of any length and stores them, without a recording."""

import random

from mp4totext.kit.clock import now
from mp4totext.kit.db import Database
from mp4totext.kit.ids import new_id
from mp4totext.transcript import Coverage, CoverageKind, Segment, Speaker, Transcript, Word
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.versions import add_version

WORDS_A_SEGMENT = 20
SPEAKERS = ("S1", "S2", "S3")

# Common and rare words, so that caches of words do not distort measurements.
_COMMON = (
    *("the", "of", "and", "to", "in", "is", "that", "it", "was", "for", "on", "are", "as", "with"),
    *("his", "they", "at", "be", "this", "have", "from", "or", "one", "had", "by", "but", "not"),
    *("what", "all", "were", "we", "when", "your", "can", "said", "there", "use", "an", "each"),
)
_SYLLABLES = ("ka", "lo", "mi", "ter", "son", "ven", "dra", "pul", "esh", "ont", "ar", "bi")


def made_transcript(words: int, *, seed: int = 1) -> Transcript:
    """A transcript of sentences of twenty words by three speakers, at normal speed."""
    chosen = random.Random(seed)
    at = 0
    segments: list[Segment] = []
    while len(segments) * WORDS_A_SEGMENT < words:
        speaker = SPEAKERS[len(segments) // 3 % len(SPEAKERS)]
        line = []
        for place in range(WORDS_A_SEGMENT):
            at += chosen.randint(20, 120)
            length = chosen.randint(120, 380)
            text = _word(chosen, first=place == 0, last=place == WORDS_A_SEGMENT - 1)
            line.append(
                Word(
                    text=text,
                    start_ms=at,
                    end_ms=at + length,
                    confidence=round(chosen.uniform(0.5, 1), 3),
                    speaker=speaker,
                    speaker_confidence=round(chosen.uniform(0.6, 1), 3),
                )
            )
            at += length
        segments.append(
            Segment(
                id=f"s{len(segments) + 1}",
                start_ms=line[0].start_ms,
                end_ms=line[-1].end_ms,
                text=" ".join(word.text for word in line),
                words=tuple(line),
                speaker=speaker,
                confidence=0.9,
            )
        )
        at += chosen.randint(100, 700)
    return Transcript(
        duration_ms=at + 1_000,
        language="en",
        segments=tuple(segments),
        speakers=tuple(Speaker(id=each) for each in SPEAKERS),
        coverage=(Coverage(start_ms=0, end_ms=at + 1_000, kind=CoverageKind.SPEECH),),
        engine="made",
        model="none",
    )


def _word(chosen: random.Random, *, first: bool, last: bool) -> str:
    common = chosen.random() < 0.6
    text = chosen.choice(_COMMON) if common else "".join(chosen.choices(_SYLLABLES, k=3))
    text = text.capitalize() if first else text
    return f"{text}." if last else f"{text}," if chosen.random() < 0.08 else text


def store(database: Database, user_id: str, said: Transcript) -> str:
    """Store a finished recording with this transcript; return its id."""
    at, recording = now(), new_id("trn")
    with database.write() as session:
        session.add(
            Transcription(
                id=recording,
                user_id=user_id,
                title="A long day",
                filename="day.wav",
                duration_ms=said.duration_ms,
                options={},
                language=said.language,
                version=1,
                created_at=at,
                updated_at=at,
            )
        )
        session.flush()
        add_version(session, recording, said, number=1, job_id="job_1")
    return recording
