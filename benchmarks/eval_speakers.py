"""Measures the diarization error and cpWER over a folder of recordings with known turns.

    python -m benchmarks.eval_speakers --speech DIR [--json OUT] [--only PART] [--words]

Every ``*.rttm`` below DIR with a recording of the same name beside it is measured; a ``*.json``
beside it with ``{"turns": [{"speaker", "start", "end", "text"}]}`` gives the words for cpWER.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table
from whisper_normalizer.english import EnglishTextNormalizer

from benchmarks.processes import begin, processes
from benchmarks.speaker_scoring import (
    cp_wer,
    diarization_score,
    read_rttm,
    words_by_speaker,
    words_right,
)
from benchmarks.transcribe import transcribe_file
from mp4totext.editing.assign_speakers import assign
from mp4totext.media.decode import AudioReader
from mp4totext.media.probe import probe
from mp4totext.providers.base import no_report
from mp4totext.providers.diarization.base import DiarizationRequest, Diarizer
from mp4totext.providers.diarization.channels import ChannelDiarizer
from mp4totext.providers.diarization.local import LocalDiarizer
from mp4totext.providers.speech.moonshine import Moonshine
from mp4totext.transcript import Segment, Turn, Word

COLLAR_MS = 250
_MEDIA = (".wav", ".flac", ".opus", ".m4a", ".mp3", ".ogg")
_ENGINES: dict[str, Callable[[], Diarizer]] = {"local": LocalDiarizer, "channels": ChannelDiarizer}
_COLUMNS = ("found", "DER", "collar", "no overlap", "cpWER", "words", "given turns", "RTF")
_normalise = EnglishTextNormalizer()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one recording gave; rates are shares of the reference's speech or words."""

    file: str
    speakers: int
    found: int
    der: float
    der_collar: float
    der_collar_no_overlap: float
    missed: float  # these three with the collar
    false_alarm: float
    confused: float
    cp_wer: float | None
    words_right: float | None  # outside overlap, with the turns found
    words_right_reference: float | None  # the same when given the reference's turns
    real_time_factor: float  # processor time, decoding included


def main() -> None:
    options = _options()
    pairs = [
        pair
        for pair in _recordings(options.speech)
        if not options.only or options.only in str(pair[0])
    ]
    cache_dir = options.cache if options.words else None
    work = partial(_measure, engine=options.engine, cache_dir=cache_dir)
    with processes() as pool:
        begun = begin(pool, work, pairs, length=lambda pair: probe(pair[0]).duration_ms)
    rows = [row.result() for row in begun]
    _show(rows)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))


def diarize(path: Path, diarizer: Diarizer) -> tuple[Turn, ...]:
    """The turns of a media file, number of speakers not given."""
    duration_ms = probe(path).duration_ms
    with AudioReader(path) as reader:
        request = DiarizationRequest(path=path, duration_ms=duration_ms, read=reader.read)
        return diarizer.diarize(request, no_report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech", type=Path, required=True, help="folder with *.rttm files")
    parser.add_argument("--engine", choices=sorted(_ENGINES), default="local")
    parser.add_argument("--cache", type=Path, default=Path("data/models"), help="derived models")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--only", help="measure the files whose path contains this")
    parser.add_argument("--words", action="store_true", help="recognise the words too: cpWER")
    return parser.parse_args()


def _recordings(folder: Path) -> Iterator[tuple[Path, Path]]:
    for rttm in sorted(folder.rglob("*.rttm")):
        for suffix in _MEDIA:
            if (media := rttm.with_suffix(suffix)).exists():
                yield media, rttm
                break


@cache
def _diarizer(engine: str) -> Diarizer:
    """Loaded once in each process of the pool."""
    return _ENGINES[engine]()


@cache
def _recogniser(cache_dir: Path) -> Moonshine:
    return Moonshine(cache_dir=cache_dir)


def _measure(pair: tuple[Path, Path], *, engine: str, cache_dir: Path | None) -> Row:
    """Words too where the folder of derived models is given."""
    media, rttm = pair
    diarizer = _diarizer(engine)
    started = time.process_time()
    turns = diarize(media, diarizer)
    took_s = time.process_time() - started
    reference = read_rttm(rttm)
    plain = diarization_score(reference, turns)
    collar = diarization_score(reference, turns, collar_ms=COLLAR_MS)
    alone = diarization_score(reference, turns, collar_ms=COLLAR_MS, skip_overlap=True)
    seconds = max(turn.end_ms for turn in reference) / 1_000
    heard = transcribe_file(media, _recogniser(cache_dir)).segments if cache_dir else ()
    return Row(
        file=str(media.relative_to(media.parents[1])),
        speakers=plain.reference_speakers,
        found=plain.found_speakers,
        der=plain.error_rate,
        der_collar=collar.error_rate,
        der_collar_no_overlap=alone.error_rate,
        missed=collar.missed,
        false_alarm=collar.false_alarm,
        confused=collar.confused,
        cp_wer=_cp_wer(media, assign(heard, turns)[0]),
        words_right=words_right(_words(assign(heard, turns)[0]), reference),
        words_right_reference=words_right(_words(assign(heard, reference)[0]), reference),
        real_time_factor=took_s / seconds,
    )


def _words(segments: Sequence[Segment]) -> list[Word]:
    return [word for segment in segments for word in segment.words]


def _cp_wer(media: Path, segments: Sequence[Segment]) -> float | None:
    words = media.with_suffix(".json")
    if not words.exists() or not segments:
        return None
    known = json.loads(words.read_text())["turns"]
    reference = [(turn["speaker"], _normalise(turn["text"])) for turn in known if turn["text"]]
    if not reference:
        return None
    said = [(segment.speaker or "", _normalise(segment.text)) for segment in segments]
    return cp_wer(words_by_speaker(reference), words_by_speaker(said))


def _show(rows: Sequence[Row]) -> None:
    table = Table(Column("file", overflow="fold", min_width=30), *_COLUMNS)
    for row in rows:
        rates = (row.der, row.der_collar, row.der_collar_no_overlap, row.cp_wer)
        right = (row.words_right, row.words_right_reference)
        table.add_row(
            row.file,
            f"{row.found} of {row.speakers}",
            *("" if rate is None else f"{rate:.3f}" for rate in (*rates, *right)),
            f"{row.real_time_factor:.3f}",
        )
    console = Console()
    console.print(table)
    counted = sum(row.speakers == row.found for row in rows)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1_024
    console.print(f"Speaker count right in {counted} of {len(rows)}.")
    console.print(f"Peak memory of a process {peak} MB.")


if __name__ == "__main__":
    main()
