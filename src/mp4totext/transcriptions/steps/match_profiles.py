"""Compares speakers with the account's speaker profiles, if it has consented."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mp4totext.jobs.context import Context
from mp4totext.providers.diarization import voice_prints
from mp4totext.providers.diarization.voice_prints import VoicePrint
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.steps.prepare import open_transcribed


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A speaker of a transcript who may match a profile."""

    speaker: str
    profile_id: str
    score: float  # 0 to 1


def run(
    transcript: Transcript, path: Path, ctx: Context, profiles: Mapping[str, VoicePrint]
) -> tuple[Suggested, ...]:
    """``profiles`` by id. Embeddings of speakers are not stored: no checkpoint contains one."""
    if not transcript.speakers or not profiles:
        return ()
    suggested = ctx.optional(
        "speaker suggestions", lambda: _matches(transcript, path, ctx, profiles)
    )
    return suggested or ()


def _matches(
    transcript: Transcript, path: Path, ctx: Context, profiles: Mapping[str, VoicePrint]
) -> tuple[Suggested, ...]:
    suggested: list[Suggested] = []
    for speaker in transcript.speakers:
        ctx.check()
        own = print_of(transcript, speaker.id, path)
        if own is None:
            continue
        for profile_id, profile in profiles.items():
            score = voice_prints.score(own, profile)
            if score >= voice_prints.WORTH_SAYING:
                suggested.append(
                    Suggested(speaker=speaker.id, profile_id=profile_id, score=round(score, 3))
                )
    return tuple(suggested)


def print_of(transcript: Transcript, speaker: str, path: Path) -> VoicePrint | None:
    """The voice print of one speaker of a recording; None if there is too little speech."""
    spans = voice_prints.spans_of(transcript, speaker)
    with open_transcribed(path, transcript) as reader:
        return voice_prints.print_of(spans, reader.read)
