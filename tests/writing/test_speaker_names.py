from dataclasses import replace

import pytest

from mp4totext.transcript import Segment
from mp4totext.writing.speaker_names import guesses
from tests.exports.samples import spoken, transcript


def turns(*lines: tuple[str | None, str], pause_ms: int = 500) -> tuple[Segment, ...]:
    at, segments = 0, []
    for number, (speaker, text) in enumerate(lines, 1):
        segments.append(spoken(text, at, number=number, speaker=speaker))
        at = segments[-1].end_ms + pause_ms
    return tuple(segments)


def names(*lines: tuple[str | None, str], pause_ms: int = 500) -> dict[str, str]:
    results = guesses(transcript(*turns(*lines, pause_ms=pause_ms)))
    return {guess.speaker: guess.name for guess in results}


@pytest.mark.parametrize(
    "text",
    [
        "Hello, I'm Sarah.",
        "I’m Sarah, good evening.",
        "My name is Sarah and I teach.",
        "my name's Sarah",
        "This is Sarah speaking.",
        "I am Sarah.",
    ],
)
def test_speakers_who_introduce_themselves_are_named(text: str) -> None:
    assert names(("S1", text)) == {"S1": "Sarah"}


@pytest.mark.parametrize(
    "text",
    [
        "I'm American.",
        "I'm Sorry.",
        "This is London.",
        "This is Germany calling.",
        "I'm in Sarah's office.",
        "I'm sarah.",
        "I'm Sarah Jane Brown Smith.",  # longer than a name
        "Thanks, Everyone.",
        "He said: my friend is Sarah.",
    ],
)
def test_other_capitalised_words_are_no_names(text: str) -> None:
    assert names(("S1", text), ("S2", "Yes.")) == {}


def test_thanks_name_the_speaker_before_and_greetings_the_next() -> None:
    assert names(("S1", "So it rains."), ("S2", "Thanks, John.")) == {"S1": "John"}
    assert names(("S1", "Hello, Anna O'Neil."), ("S2", "Hi.")) == {"S2": "Anna O'Neil"}
    assert names(("S1", "Priya, what do you think?"), ("S2", "Well.")) == {"S2": "Priya"}
    assert names(("S1", "Over to you, Li."), ("S2", "Right.")) == {"S2": "Li"}


def test_an_answer_comes_soon_and_from_another_speaker() -> None:
    assert names(("S1", "Hello, Anna."), ("S2", "Hi."), pause_ms=6_000) == {}
    assert names(("S1", "Hello, Anna."), ("S1", "Hi.")) == {}
    assert names(("S1", "Hello, Anna."), (None, "Hi.")) == {}
    assert names((None, "I'm Sarah.")) == {}


def test_repeated_evidence_counts_more_and_the_best_name_wins() -> None:
    results = guesses(
        transcript(
            *turns(
                ("S1", "Good morning, Tom."),
                ("S2", "Good morning."),
                ("S1", "Thank you, Tim."),
                ("S2", "I'm Tim, in fact."),
                ("S1", "Hi Bo."),
                ("S3", "Hi."),
            )
        )
    )
    assert [(guess.speaker, guess.name, guess.score) for guess in results] == [
        ("S2", "Tim", 0.82),
        ("S3", "Bo", 0.4),
    ]
    assert [segment.id for segment in results[0].evidence] == ["s4", "s3"]


def test_other_languages_give_no_results() -> None:
    german = replace(transcript(*turns(("S1", "This is Sarah."))), language="de")
    assert guesses(german) == ()
