from mp4totext.writing.extractive.sentiment import sentiment, sentiments
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import transcript

# Labelled by hand before the first run, in the words of recordings.
LABELLED = (
    ("I absolutely love this new design.", "POSITIVE"),
    ("That was the worst meeting of the year.", "NEGATIVE"),
    ("The train leaves at nine from platform four.", "NEUTRAL"),
    ("Thank you so much, you were a great help.", "POSITIVE"),
    ("I'm really disappointed with the service.", "NEGATIVE"),
    ("We measured the temperature every hour.", "NEUTRAL"),
    ("It's not bad at all, actually.", "POSITIVE"),
    ("The delivery was late and the box was broken.", "NEGATIVE"),
    ("She works in the office on the second floor.", "NEUTRAL"),
    ("What a wonderful surprise!", "POSITIVE"),
    ("I hate waiting in line for hours.", "NEGATIVE"),
    ("The report has twelve pages and two tables.", "NEUTRAL"),
    ("Congratulations on the excellent results.", "POSITIVE"),
    ("I'm afraid we lost two of our biggest customers.", "NEGATIVE"),
    ("Please open the document on page seven.", "NEUTRAL"),
    ("This is exactly what I was hoping for.", "POSITIVE"),
    ("Nothing works and nobody answers the phone.", "NEGATIVE"),
    ("We will send the invoice next week.", "NEUTRAL"),
    ("The food was delicious and the people were friendly.", "POSITIVE"),
    ("It makes me angry when they ignore us.", "NEGATIVE"),
    ("The numbers are down again, and that worries me.", "NEGATIVE"),
    ("I don't like the way this is going.", "NEGATIVE"),
    ("Everyone was happy with how the launch went.", "POSITIVE"),
    ("The river is forty metres wide here.", "NEUTRAL"),
    ("I could not be happier with the outcome.", "POSITIVE"),
)


def test_at_least_seventeen_of_twenty_hand_labelled_sentences_are_right() -> None:
    right = sum(sentiment(text)[0] == label for text, label in LABELLED)
    assert right / len(LABELLED) >= 17 / 20


def test_only_english_sentences_have_a_sentiment() -> None:
    sample = transcript("I love it.", language="en")
    german = transcript("Ich liebe es.", language="de")
    assert len(sentiments(sentences(TextIndex(sample)))) == 1
    assert sentiments(sentences(TextIndex(german))) == ()


def test_a_sentiment_has_its_place_and_speaker() -> None:
    sample = transcript("That is great news!", "Is it?", speakers=["S1", "S2"])
    first, second = sentiments(sentences(TextIndex(sample)))
    assert (first.sentiment, first.speaker, first.segment_ids) == ("POSITIVE", "S1", ("s1",))
    assert 0.5 <= first.confidence <= 1
    assert second.start_ms >= first.end_ms


def test_a_typographic_apostrophe_still_negates() -> None:
    sample = transcript("I don’t like it.")
    assert sentiments(sentences(TextIndex(sample)))[0].sentiment == "NEGATIVE"
