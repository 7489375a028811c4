"""Names speakers by the voice samples that came with the request."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mp4totext.jobs.context import Context
from mp4totext.media.choice import SourceOptions
from mp4totext.providers.diarization import voice_prints
from mp4totext.providers.diarization.voice_prints import VoicePrint
from mp4totext.providers.vad import Vad, regions
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.order import KnownSpeaker
from mp4totext.transcriptions.steps import prepare
from mp4totext.transcriptions.steps.match_profiles import print_of

SPEECH_MS_MIN = 1_000  # in a sample of at least two seconds


def run(
    transcript: Transcript, path: Path, ctx: Context, known: Sequence[KnownSpeaker]
) -> Transcript:
    """The transcript with names. Embeddings are not stored: no checkpoint contains one."""
    if not known or not transcript.speakers:
        return transcript
    named = ctx.optional("known speakers", lambda: _named(transcript, path, ctx, known))
    return named or transcript


def _named(
    transcript: Transcript, path: Path, ctx: Context, known: Sequence[KnownSpeaker]
) -> Transcript:
    """Assign names, the likeliest pair first: one name for a speaker, one speaker for a name."""
    voices = {}
    for speaker in transcript.speakers:
        ctx.check()
        voices[speaker.id] = print_of(transcript, speaker.id, path)
    scores: list[tuple[float, str, str]] = []
    for number, person in enumerate(known):
        sample = ctx.runtime.storage.fetch(person.sound_key, ctx.workdir / f"sample-{number}")
        own = _print_of_sample(sample)
        scores += [
            (voice_prints.score(own, voice), person.name, speaker_id)
            for speaker_id, voice in voices.items()
            if own is not None and voice is not None
        ]
    names: dict[str, str] = {}
    for score, name, speaker_id in sorted(scores, reverse=True):
        likely = score >= voice_prints.WORTH_SAYING
        if likely and speaker_id not in names and name not in names.values():
            names[speaker_id] = name
    for person in known:
        if person.name not in names.values():
            ctx.warnings.append(f"No speaker of the recording sounds like {person.name!r}.")
    speakers = (replace(each, name=names.get(each.id, each.name)) for each in transcript.speakers)
    return replace(transcript, speakers=tuple(speakers))


def _print_of_sample(path: Path) -> VoicePrint | None:
    """The voice print of a sample; None if it has too little speech."""
    prepared = prepare.prepare(path, SourceOptions(), lambda _: None)
    with prepared.open(path) as reader:
        length_ms = prepared.structure.length_ms
        samples = reader.read(0, length_ms)
        speech = regions(Vad().probabilities(samples), length_ms=length_ms)
        spans = [(region.start_ms, region.end_ms) for region in speech]
        return voice_prints.print_of(spans, reader.read, least_ms=SPEECH_MS_MIN)
