"""Do speakers sound like somebody the account knows? Only for accounts that asked for it."""

from pathlib import Path

from mp4totext.jobs.context import Context
from mp4totext.media.decode import AudioReader
from mp4totext.providers.diarization import voice_prints
from mp4totext.providers.diarization.voice_prints import VoicePrint
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.speaker_profiles import queries
from mp4totext.transcriptions.speaker_profiles.suggestions import Suggested
from mp4totext.transcriptions.steps import prepare


def run(transcript: Transcript, path: Path, ctx: Context) -> tuple[Suggested, ...]:
    """Embeddings are made and thrown away here: no checkpoint holds one."""
    if not transcript.speakers:
        return ()
    with ctx.runtime.database.read() as session:
        voices = queries.known(session, ctx.job.user_id)
    if not voices:
        return ()
    known = {voice.id: voice_prints.from_bytes(voice.embedding) for voice in voices}
    found = ctx.optional("voice suggestions", lambda: _found(transcript, path, ctx, known))
    return found or ()


def _found(
    transcript: Transcript, path: Path, ctx: Context, known: dict[str, VoicePrint]
) -> tuple[Suggested, ...]:
    suggested: list[Suggested] = []
    for speaker in transcript.speakers:
        ctx.check()
        heard = print_of(transcript, speaker.id, path)
        if heard is None:
            continue
        scores = {voice_id: voice_prints.score(heard, voice) for voice_id, voice in known.items()}
        suggested += [
            Suggested(speaker=speaker.id, voice_id=voice_id, score=round(score, 3))
            for voice_id, score in scores.items()
            if score >= voice_prints.WORTH_SAYING
        ]
    return tuple(suggested)


def print_of(transcript: Transcript, speaker: str, path: Path) -> VoicePrint | None:
    """How one speaker of a recording sounds; None when too little is said."""
    spans = voice_prints.spans_of(transcript, speaker)
    plan = prepare.channel_weights(path, transcript.duration_ms)
    with AudioReader(path, weights=plan.weights) as reader:
        return voice_prints.print_of(spans, reader.read)
