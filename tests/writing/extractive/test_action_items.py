from mp4totext.writing.extractive.action_items import action_items
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import Script
from tests.support.transcript_builders import transcript

# Labelled by hand before the first run: does somebody take on, or get asked for, something to do?
LABELLED = (
    ("I'll send you the contract by Friday.", True),
    ("We need to book the venue before the end of the month.", True),
    ("Can you check the numbers again, please?", True),
    ("Anna will prepare the slides for Monday.", True),
    ("Please share the recording with the team.", True),
    ("Let's schedule a follow-up next week.", True),
    ("Don't forget to invite the legal department.", True),
    ("I'm going to call the supplier tomorrow.", True),
    ("The action item here is a new quote from the printer.", True),
    ("Tom, could you update the ticket today?", True),
    ("We should write this down in the wiki.", True),
    ("You need to sign the form and send it back.", True),
    ("I'll never forget that summer.", False),
    ("We have to be honest with ourselves.", False),
    ("The bridge was built in three years.", False),
    ("If I had more time, I would have written a book.", False),
    ("Can you believe that?", False),
    ("I think we should be fine.", False),
    ("They sent the contract last week.", False),
    ("It will rain in the afternoon.", False),
    ("Let's see what happens.", False),
    ("I can imagine how hard that was.", False),
    ("I used to play the piano.", False),
    ("People will always find a way.", False),
)


def found(
    *texts: str, speakers: tuple[str, ...] | None = None
) -> list[tuple[str | None, str | None]]:
    made = transcript(*texts, speakers=speakers)
    labels = {one.id: one.label for one in made.speakers}
    items = action_items(sentences(Script(made)), speakers=labels)
    return [(one.owner, one.due) for one in items]


def test_precision_and_recall_on_hand_labelled_sentences() -> None:
    marked = [bool(found(text)) for text, _ in LABELLED]
    labels = [label for _, label in LABELLED]
    right = sum(one and other for one, other in zip(marked, labels, strict=True))
    assert right / sum(marked) >= 0.85
    assert right / sum(labels) >= 0.85


def test_the_speaker_owns_what_they_undertake() -> None:
    assert found("I'll send the report by Friday.", speakers=("S2",)) == [
        ("Speaker 2", "by Friday")
    ]


def test_a_named_person_owns_what_they_are_asked_for() -> None:
    assert found("Tom, could you update the ticket today?") == [("Tom", "today")]
    assert found("Anna Weber will call the bank.") == [("Anna Weber", None)]
    assert found("Can you call the bank?") == [(None, None)]


def test_the_sentence_is_verbatim_even_with_a_typographic_apostrophe() -> None:
    made = transcript("So I’ll book the room tomorrow.")
    (item,) = action_items(sentences(Script(made)))
    assert item.text == "So I’ll book the room tomorrow."
    assert item.due == "tomorrow"


def test_other_languages_are_left_alone() -> None:
    made = transcript("Please send it.", language="de")
    assert action_items(sentences(Script(made))) == ()
