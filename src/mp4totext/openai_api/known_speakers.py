"""Reads and validates the voice samples of known speakers, which requests send as data URLs."""

import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from mp4totext.kit.errors import AppError
from mp4totext.kit.ids import new_id
from mp4totext.kit.text import CleanStr
from mp4totext.media.choice import SourceOptions
from mp4totext.openai_api.refusals import InvalidField
from mp4totext.runtime import Runtime
from mp4totext.transcriptions.submission import VoiceSample, examine

NAMES, REFERENCES = "known_speaker_names", "known_speaker_references"
SPEAKERS_MAX = 4
# OpenAI's limits; decoders add some milliseconds to a clip that is ten seconds long.
LENGTH_MS_MIN, LENGTH_MS_MAX = 2_000, 10_500
NAME_CHARACTERS_MAX = 80
REFERENCE_BYTES_MAX = 2 << 20  # ten seconds in stereo, 16 bit, 48 kHz are 1.9 MB
REFERENCE_FIELD_BYTES_MAX = REFERENCE_BYTES_MAX * 4 // 3 + 200  # in base64, behind its prefix

_NAMES = TypeAdapter(list[Annotated[CleanStr, Field(max_length=NAME_CHARACTERS_MAX)]])
_DATA_URL = re.compile(r"data:[\w.+/;=-]{0,100},")


@contextmanager
def voice_samples(
    runtime: Runtime, names: Sequence[str], references: Sequence[str]
) -> Iterator[tuple[VoiceSample, ...]]:
    """Write each reference to a file, which is deleted after the block unless the block moved it.

    Raises InvalidField for a reference that is not 2 to 10 seconds of sound.
    """
    _refuse_wrong_lists(names, references)
    folder = runtime.scratch.folder("uploads")
    folder.mkdir(parents=True, exist_ok=True)
    samples: list[VoiceSample] = []
    try:
        for name, reference in zip(names, references, strict=True):
            sound = _sound(reference)
            path = folder / new_id("ref")
            digest = hashlib.sha256(sound).hexdigest()
            samples.append(VoiceSample(name=name, path=path, sha256=digest))
            path.write_bytes(sound)
            _refuse_wrong_sound(runtime, samples[-1])
        yield tuple(samples)
    finally:
        for sample in samples:
            sample.path.unlink(missing_ok=True)


def _refuse_wrong_lists(names: Sequence[str], references: Sequence[str]) -> None:
    if len(names) != len(references):
        raise InvalidField(
            NAMES if names else REFERENCES,
            f"Each name needs one reference: there are {len(names)} {NAMES} and "
            f"{len(references)} {REFERENCES}.",
        )
    if len(names) > SPEAKERS_MAX:
        raise InvalidField(NAMES, f"At most {SPEAKERS_MAX} known speakers, not {len(names)}.")
    if len(set(names)) < len(names):
        raise InvalidField(NAMES, "Two known speakers have the same name: give each its own.")
    try:
        _NAMES.validate_python(list(names))
    except ValidationError as error:
        raise InvalidField(
            NAMES, f"A name has 1 to {NAME_CHARACTERS_MAX} characters, none of them a control."
        ) from error


def _sound(reference: str) -> bytes:
    start = _DATA_URL.match(reference)
    if start is None or not start.group().endswith(";base64,"):
        raise InvalidField(
            REFERENCES, "A reference is a data URL: data:audio/wav;base64, and then the sound."
        )
    try:
        sound = base64.b64decode(reference[start.end() :], validate=True)
    except ValueError as error:
        raise InvalidField(REFERENCES, "A reference is not valid base64.") from error
    if len(sound) > REFERENCE_BYTES_MAX:
        raise InvalidField(REFERENCES, f"A reference has at most {REFERENCE_BYTES_MAX >> 20} MB.")
    return sound


def _refuse_wrong_sound(runtime: Runtime, sample: VoiceSample) -> None:
    try:
        info = examine(runtime, sample.path, SourceOptions())
    except AppError as error:
        raise InvalidField(
            REFERENCES, f"The reference of {sample.name!r} cannot be read. {error.message}"
        ) from error
    if not LENGTH_MS_MIN <= info.duration_ms <= LENGTH_MS_MAX:
        raise InvalidField(
            REFERENCES,
            f"A reference lasts 2 to 10 seconds; the one of {sample.name!r} lasts "
            f"{info.duration_ms / 1000:.1f}.",
        )
