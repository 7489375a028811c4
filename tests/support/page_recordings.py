"""Finished recordings for tests of the page, which need no engine: in each line of standard input
the id of a user, how many words, what was recorded ("nothing": it has only its words), and a title;
in each line of the output the id of the recording.
"""

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import mp4totext.tables  # noqa: F401  # rows refer to tables that nothing else here imports
from mp4totext.media.sample import sample_file
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.files import media_key
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.versions import add_version
from tests.support.ffmpeg import ffmpeg
from tests.support.filmed import filmed
from tests.support.long_transcripts import made_transcript, store

PICTURE = "testsrc2=size=640x360:rate=15"


def recorded(kind: str, folder: Path) -> tuple[Path, str]:
    """A file and its type.

    Sound of a transcript with one version or with two, an hour of sound that no browser plays, a
    film that browsers play, or one that none of them does.
    """
    if kind in ("sound", "twice"):
        return sample_file(), "audio/wav"
    if kind == "hour":
        hour = folder / "hour.mka"
        ffmpeg("-stream_loop", -1, "-i", sample_file(), "-t", 3_600, "-c:a", "ac3", hour)
        return hour, "audio/x-matroska"
    film = folder / "film.mp4"
    if not film.exists():
        filmed(film, sample_file(), picture=PICTURE)
    if kind == "film":
        return film, "video/mp4"
    old = folder / "old.avi"
    if not old.exists():
        ffmpeg("-i", film, "-c:v", "mpeg4", "-c:a", "mp3", old)
    return old, "video/x-msvideo"


def otherwise(said: Transcript) -> Transcript:
    """The transcript with another first word, like the result of another run."""
    first, *others = said.segments
    word = replace(first.words[0], text="Otherwise")
    text = f"Otherwise {first.text.partition(' ')[2]}"
    changed = replace(first, text=text, words=(word, *first.words[1:]))
    return replace(said, segments=(changed, *others))


def give_file(runtime: Runtime, row: Transcription, path: Path, media_type: str) -> None:
    content = path.read_bytes()
    runtime.storage.put(media_key(row.id), content)
    row.media_key, row.size_bytes = media_key(row.id), len(content)
    row.media_type, row.has_video = media_type, media_type.startswith("video/")


def main() -> None:
    runtime = Runtime(Settings())
    with TemporaryDirectory() as folder:
        for line in sys.stdin:
            user_id, words, kind, title = line.strip().split(maxsplit=3)
            said = made_transcript(int(words))
            recording = store(runtime.database, user_id, said)
            with runtime.database.write() as session:
                row = session.get_one(Transcription, recording)
                row.title = title
                if kind != "nothing":
                    give_file(runtime, row, *recorded(kind, Path(folder)))
                if kind == "twice":
                    add_version(session, recording, otherwise(said), number=2, job_id="job_2")
                    row.version = 2
            print(recording, flush=True)


if __name__ == "__main__":
    main()
