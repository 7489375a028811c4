"""Parsing of queries, and their matches in texts."""

import pytest

from mp4totext.search.matching import match, parse_query


def marked(text: str, query: str, *, language: str | None = "en") -> list[str] | None:
    found = match(text, parse_query(query, languages=[language]), language=language)
    return None if found is None else [text[start:end] for start, end in found.marks]


@pytest.mark.parametrize(
    ("query", "text", "language", "marks"),
    [
        ("machine", "The machines, and one Machine.", "en", ["machines", "Machine"]),
        ("talking", "We talk as they talked.", "en", ["talk", "talked"]),
        ("the roof", "the roof leaked", "en", ["roof"]),
        ("the", "the roof leaked", "en", ["the"]),
        ("Straße", "Die STRASSE ist lang.", "de", ["STRASSE"]),
        ("machines", "Les machines.", "fr", ["machines"]),
        ("machine", "Les machines.", "fr", ["machines"]),
        ("Häuser", "Das Haus und des Hauses.", "de", ["Haus", "Hauses"]),
        ("umowa", "Podpisali umowę.", "pl", ["umowę"]),
        ("договор", "Условия договора.", "ru", ["договора"]),
        ("北京", "会议在北京举行", "zh", ["北京"]),
        ("北京举行", "会议在北京举行。", "zh", ["北京举行"]),
        ('"tape machine"', "Old tape  machine.", "en", ["tape  machine"]),
        ('"(a+)+$"', "It says (a+)+$ here.", "en", ["(a+)+$"]),
        ("U.S. 3.5", "The U.S. has 3.5 of it.", "en", ["U.S", "3.5"]),
        ("voilà", "et voila", "fr", None),
        ("nothing", "something", "en", None),
        ('"tape machine"', "machine tape", "en", None),
        ("...", "anything", "en", None),
        ('""', "anything", "en", None),
    ],
)
def test_words_are_found_in_any_form_and_phrases_as_they_stand(
    query: str, text: str, language: str, marks: list[str] | None
) -> None:
    assert marked(text, query, language=language) == marks


def test_a_passage_with_more_of_it_is_better() -> None:
    parsed = parse_query('old tape "kept it"')
    scores = {
        text: found.score if (found := match(text, parsed, language="en")) else 0
        for text in ("We kept it.", "We kept it on old tape.", "Old tape.")
    }
    assert scores == {"We kept it.": 2, "We kept it on old tape.": 4, "Old tape.": 0}


def test_more_words_than_a_search_needs_are_left_out() -> None:
    assert len(parse_query(" ".join(f"word{n}" for n in range(100))).groups) == 20
