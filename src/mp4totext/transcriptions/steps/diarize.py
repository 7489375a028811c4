"""Who spoke when, and which word is whose."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from mp4totext.media.decode import AudioReader
from mp4totext.providers.base import DiarizationRequest, Diarizer, Report, Turn
from mp4totext.providers.diarization.assign import assign
from mp4totext.transcript import Transcript

_TURNS = TypeAdapter(tuple[Turn, ...])


def turns(
    diarizer: Diarizer,
    path: Path,
    *,
    weights: list[float] | None,
    duration_ms: int,
    speakers: tuple[int | None, int | None],
    report: Report,
) -> list[dict[str, Any]]:
    """JSON of the turns, for a checkpoint."""
    with AudioReader(path, weights=None if weights is None else tuple(weights)) as reader:
        found = diarizer.diarize(
            DiarizationRequest(
                path=path,
                duration_ms=duration_ms,
                read=reader.read,
                min_speakers=speakers[0],
                max_speakers=speakers[1],
            ),
            report,
        )
    dumped: list[dict[str, Any]] = _TURNS.dump_python(found, mode="json")
    return dumped


def with_speakers(transcript: Transcript, turns: list[dict[str, Any]]) -> Transcript:
    segments, speakers = assign(transcript.segments, _TURNS.validate_python(turns))
    return replace(transcript, segments=segments, speakers=speakers)
