"""Finished recordings for tests of the page, which need no engine: in each line of standard input
the id of a user and how many words; in each line of the output the id of the recording.
"""

import sys

from mp4totext.media.sample import sample_file
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from mp4totext.transcriptions.files import media_key
from mp4totext.transcriptions.models import Transcription
from tests.support.long_transcripts import made_transcript, store


def main() -> None:
    runtime = Runtime(Settings())
    sound = sample_file().read_bytes()
    for line in sys.stdin:
        user_id, words = line.split()
        recording = store(runtime.database, user_id, made_transcript(int(words)))
        runtime.storage.put(media_key(recording), sound)
        with runtime.database.write() as session:
            row = session.get_one(Transcription, recording)
            row.media_key, row.size_bytes = media_key(recording), len(sound)
        print(recording, flush=True)


if __name__ == "__main__":
    main()
