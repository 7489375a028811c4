"""Rules for the results of all engines."""

import json
from dataclasses import asdict

from mp4totext.providers.speech.base import SpeechResult
from mp4totext.transcript import Coverage, Transcript, problems


def broken_rules(result: SpeechResult, *, start_ms: int, end_ms: int) -> list[str]:
    """Empty when times are ordered and inside, coverage tiles the stretch, and JSON takes it."""
    ahead = (Coverage(start_ms=0, end_ms=start_ms, kind=result.coverage[0].kind),)
    transcript = Transcript(
        duration_ms=end_ms,
        segments=result.segments,
        coverage=(*ahead, *result.coverage),
    )
    found = problems(transcript)
    found += [f"{s.id} starts early" for s in result.segments if s.start_ms < start_ms]
    found += [f"{s.id} has no text" for s in result.segments if not s.text.strip()]
    found += [f"{s.id} has no words" for s in result.segments if not s.words]
    names = {speaker.id for speaker in result.speakers}
    found += [f"{s.id} by nobody" for s in result.segments if s.speaker and s.speaker not in names]
    found += [
        f"turn of {t.speaker} is outside"
        for t in result.turns
        if not start_ms <= t.start_ms < t.end_ms <= end_ms
    ]
    found += [
        f"confidence of {w.text!r}"
        for s in result.segments
        for w in s.words
        if w.confidence is not None and not 0 <= w.confidence <= 1
    ]
    json.dumps(asdict(result))
    return found
