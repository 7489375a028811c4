"""Transcribes a recording on this machine, without a service: captions, a summary, who spoke when.

    python examples/transcribe_here.py talk.mp4

Nothing leaves this machine.
"""

import sys
from pathlib import Path

from mp4totext import AppError, Progress, Transcriber


def show(progress: Progress) -> None:
    print(f"\r{progress.stage}: {progress.percent:3.0f} %", end="", file=sys.stderr)


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit("Name a recording: python examples/transcribe_here.py talk.mp4")
    with Transcriber() as transcriber:  # models stay loaded for the next recording
        for name in sys.argv[1:]:
            try:
                recording = transcriber.transcribe(
                    name, diarize=True, texts=["summary"], on_progress=show
                )
            except AppError as error:
                sys.exit(f"{name}: {error.message}")
            print(file=sys.stderr)
            captions = recording.save(Path(name).with_suffix(".vtt"))
            print(f"{captions}: {recording.duration_ms / 1000:.0f} s, {recording.language}")
            for segment in recording.segments:
                speaker = recording.speaker_label(segment.speaker) or "Somebody"
                print(f"  {segment.start_ms / 1000:6.1f} s  {speaker}: {segment.text}")
            print(recording.texts.get("summary", ""))


if __name__ == "__main__":
    main()
