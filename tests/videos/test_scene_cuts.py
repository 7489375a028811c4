"""Where scenes of real recordings begin: at the ends of phrases, and inside no word."""

import pytest

from mp4totext.transcriptions import queries
from mp4totext.transcriptions.models import Transcription
from mp4totext.transcriptions.versions import transcript_of
from tests.support.in_process_service import ApiUser
from tests.support.scene_cuts import PRESETS, Cuts, cuts_of
from tests.support.transcript_builders import TOPICS, transcript


@pytest.mark.slow
@pytest.mark.parametrize("name", ["two_cities.wav", "endgame_nagg_nell.wav"])
def test_scenes_of_a_recording_begin_at_the_ends_of_phrases(user: ApiUser, name: str) -> None:
    recording_id = user.transcribed(name)["id"]
    with user.harness.runtime.database.read() as session:
        recording = session.get_one(Transcription, recording_id)
        spoken = transcript_of(session, queries.version(session, recording))
    assert len(list(spoken.words)) > 60
    cuts = Cuts()
    for has_video in (False, True):
        cuts_of(spoken, cuts, has_video=has_video)
    assert cuts.count >= 10
    assert cuts.at_phrase_ends >= 0.99, cuts.elsewhere
    assert cuts.inside == []


def test_scenes_of_a_talk_begin_at_the_ends_of_phrases() -> None:
    cuts = Cuts()
    cuts_of(transcript(*TOPICS.values(), words=True), cuts, has_video=False)
    assert cuts.count > 2 * len(PRESETS)
    assert (cuts.elsewhere, cuts.inside) == ([], [])


def test_a_cut_within_a_phrase_and_one_within_a_word_are_counted() -> None:
    spoken = transcript("Salt makes the sea heavy.", words=True)
    words = list(spoken.words)
    cuts = Cuts()
    for at_ms in (words[1].start_ms, words[2].start_ms + 20, words[4].end_ms):
        cuts.add(at_ms, words)
    assert (cuts.count, cuts.inside) == (3, ["the"])
    assert cuts.elsewhere == ["Salt | makes"]
