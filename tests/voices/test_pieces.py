"""Division of texts into pieces."""

from hypothesis import given
from hypothesis import strategies as st

from mp4totext.voices.pieces import halves, pieces_of


def test_sentences_stay_whole() -> None:
    text = "One two three. Four five six. Seven."
    assert pieces_of(text, longest=20) == ["One two three.", "Four five six.", "Seven."]
    assert pieces_of(text, longest=32) == ["One two three. Four five six.", "Seven."]


def test_paragraphs_are_pieces_of_their_own() -> None:
    assert pieces_of("A title\n\nA text.\nA line.") == ["A title", "A text.", "A line."]


def test_a_long_sentence_is_cut_at_a_pause() -> None:
    text = "one two three four, five six seven eight nine"
    assert pieces_of(text, longest=30) == ["one two three four,", "five six seven eight nine"]


def test_what_has_no_word_is_no_piece() -> None:
    assert pieces_of("...\n--\n") == []


@given(st.text(alphabet="ab1 .,;!?\n", max_size=200), st.integers(5, 60))
def test_no_word_is_lost_and_no_piece_is_too_long(text: str, longest: int) -> None:
    pieces = pieces_of(text, longest=longest)
    assert all(len(piece) <= longest for piece in pieces)
    letters = [character for character in text if character.isalnum()]
    assert [c for piece in pieces for c in piece if c.isalnum()] == letters


def test_halves_have_all_words() -> None:
    assert " ".join(halves("one two three four")) == "one two three four"
    assert len(halves("one two three four")) == 2
    assert halves("word") == ["word"]
