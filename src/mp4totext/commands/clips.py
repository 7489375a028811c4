"""``mp4totext clips``: finds the best passages of a recording, and makes a clip of each."""

import shutil
from pathlib import Path
from typing import Any

from mp4totext.commands.failures import end_with_job
from mp4totext.commands.inputs import opened
from mp4totext.commands.messages import note, print_json, printable
from mp4totext.commands.output import print_table, quiet_logs
from mp4totext.commands.progress import JobProgress
from mp4totext.commands.recordings import exit_when_terminated
from mp4totext.commands.replacing import replacing
from mp4totext.commands.video import end_without_words
from mp4totext.kit.errors import Invalid
from mp4totext.kit.timecode import short_clock
from mp4totext.local_run.clips import Passage, find_passages, render_passage
from mp4totext.local_run.recordings import transcribe_file
from mp4totext.local_run.service import LocalRuntime, local_service
from mp4totext.local_run.videos import refuse_unready_models
from mp4totext.settings import Settings
from mp4totext.transcriptions.options import TranscriptionOptions
from mp4totext.videos.clips.schemas import ClipsRequest


def clips(
    file: str,
    count: int,
    output: Path | None,
    only_list: bool,  # noqa: FBT001  click passes names
    quiet: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    **options: Any,  # the fields of ClipsRequest, and how the recording is transcribed
) -> None:
    quiet_logs()
    exit_when_terminated()
    spoken = TranscriptionOptions(
        **{field: options.pop(field) for field in ("language", "engine", "diarize")}
    )
    target = output or Path(f"{Path(file).stem}-clip.mp4")
    name = printable(Path(file).name)
    with local_service(Settings()) as runtime, JobProgress(name, shown=not quiet) as progress:
        refuse_unready_models(runtime, options["planner"], None)
        path, source = opened(runtime, file)
        files = [target.with_stem(f"{target.stem}-{number + 1}") for number in range(count)]
        if source is not None and any(each.exists() and each.samefile(source) for each in files):
            raise Invalid("A clip would replace the recording: name others with -o.")
        progress.say("transcribing it to find its best passages")
        transcribed = transcribe_file(runtime, path, spoken, name=name, on_progress=progress.show)
        end_without_words(transcribed)
        request = ClipsRequest(transcription_id=transcribed.transcription_id, n=count, **options)
        passages, warnings = find_passages(runtime, request, on_progress=progress.show)
        facts = [_facts(passage) for passage in passages]
        if not only_list:
            for passage, fact, written in zip(passages, facts, files, strict=False):
                _write(runtime, passage, written, progress)
                fact["written"] = printable(str(written))
    if as_json:
        print_json({"ok": True, "clips": facts, "warnings": warnings})
        return
    for warning in warnings if not quiet else ():
        note(f"note: {warning}", warning=True)
    print_table(("from", "to", "clip", ""), [_row(fact) for fact in facts])


def _write(runtime: LocalRuntime, passage: Passage, target: Path, progress: JobProgress) -> None:
    made = render_passage(runtime, passage, on_progress=progress.show)
    if made.path is None:
        end_with_job(made.error_code, made.error_message)
    with replacing(target) as new:
        shutil.move(made.path, new)


def _facts(passage: Passage) -> dict[str, Any]:
    return {
        "title": passage.title,
        "from_ms": passage.from_ms,
        "to_ms": passage.to_ms,
        "reasons": list(passage.reasons),
    }


def _row(fact: dict[str, Any]) -> tuple[str, ...]:
    times = (
        short_clock(fact[end_of], hours=fact["to_ms"] >= 3_600_000)
        for end_of in ("from_ms", "to_ms")
    )
    reasons = ", ".join(reason.replace("_", " ") for reason in fact["reasons"])
    return (*times, fact.get("written") or fact["title"], reasons)
