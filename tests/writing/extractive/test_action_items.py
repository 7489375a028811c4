from mp4totext.writing.extractive.action_items import action_items
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import transcript

# Labelled by hand before the first run: whether somebody commits to do something or is asked to.
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


def owners_and_dates(
    *texts: str, speakers: tuple[str, ...] | None = None
) -> list[tuple[str | None, str | None]]:
    sample = transcript(*texts, speakers=speakers)
    labels = {speaker.id: speaker.label for speaker in sample.speakers}
    items = action_items(sentences(TextIndex(sample)), speakers=labels)
    return [(item.owner, item.due) for item in items]


def test_precision_and_recall_on_hand_labelled_sentences() -> None:
    marked = [bool(owners_and_dates(text)) for text, _ in LABELLED]
    labels = [label for _, label in LABELLED]
    right = sum(found and label for found, label in zip(marked, labels, strict=True))
    assert right / sum(marked) >= 0.85
    assert right / sum(labels) >= 0.85


def test_a_commitment_belongs_to_its_speaker() -> None:
    assert owners_and_dates("I'll send the report by Friday.", speakers=("S2",)) == [
        ("Speaker 2", "by Friday")
    ]


def test_a_request_belongs_to_the_person_named() -> None:
    assert owners_and_dates("Tom, could you update the ticket today?") == [("Tom", "today")]
    assert owners_and_dates("Anna Weber will call the bank.") == [("Anna Weber", None)]
    assert owners_and_dates("Can you call the bank?") == [(None, None)]


def test_the_sentence_is_verbatim_even_with_a_typographic_apostrophe() -> None:
    sample = transcript("So I’ll book the room tomorrow.")
    (item,) = action_items(sentences(TextIndex(sample)))
    assert item.text == "So I’ll book the room tomorrow."
    assert item.due == "tomorrow"


def test_languages_without_forms_give_no_results() -> None:
    sample = transcript("Please send it.", language="nl")
    assert action_items(sentences(TextIndex(sample))) == ()
