from mp4totext.writing.extractive.highlights import highlights
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import Script
from tests.support.transcript_builders import talk, transcript


def test_what_is_said_most_comes_first_with_every_mention() -> None:
    made = transcript(
        "The solar panels arrived late.",
        "Each solar panel weighs twenty kilos.",
        "We hung the solar panels on the roof.",
        "Lunch was fine.",
        words=True,
    )
    script = Script(made)
    best = highlights(script, sentences(script))[0]
    assert best.text.lower() == "solar panels"
    assert best.count == 3 == len(best.mentions)
    assert [one.segment_ids for one in best.mentions] == [("s1",), ("s2",), ("s3",)]
    assert best.mentions[0].start_ms == 400  # "solar" is the second word
    assert best.rank == 1.0


def test_ranks_fall_and_phrases_share_no_word() -> None:
    made, _ = talk("bread", "court")
    script = Script(made)
    found = highlights(script, sentences(script), limit=10)
    assert len(found) == 10
    assert [one.rank for one in found] == sorted((one.rank for one in found), reverse=True)
    words = [word for one in found for word in one.text.lower().split()]
    assert len(words) == len(set(words))


def test_nothing_said_and_other_languages_have_none() -> None:
    for made in (transcript(), transcript("Guten Morgen zusammen.", language="de")):
        script = Script(made)
        assert highlights(script, sentences(script)) == ()
