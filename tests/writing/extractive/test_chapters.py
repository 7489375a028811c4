import math
from dataclasses import replace
from unittest.mock import Mock

import pytest

from mp4totext.transcript import Transcript
from mp4totext.writing.extractive.chapters import HEADLINE_CHARACTERS, chapters, shortened
from mp4totext.writing.results import Chapter
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex
from tests.support.transcript_builders import TOPICS, talk, transcript

THREE_HOURS_MS = 3 * 3600 * 1000


def chapters_of(sample: Transcript) -> tuple[Chapter, ...]:
    return chapters(sentences(TextIndex(sample)))


def test_at_least_sixty_percent_of_topic_changes_are_found_within_thirty_seconds() -> None:
    names = list(TOPICS)
    found = expected = 0
    for shift in range(len(names)):
        sample, borders = talk(*names[shift:], *names[:shift])
        starts = [chapter.start_ms for chapter in chapters_of(sample)[1:]]
        assert len(starts) <= 2 * len(borders)  # a border everywhere would find all of them
        expected += len(borders)
        found += sum(any(abs(at - start) <= 30_000 for start in starts) for at in borders)
    assert found / expected >= 0.6


def test_one_topic_is_one_chapter() -> None:
    assert len(chapters_of(talk("bread")[0])) == 1


def test_chapters_hold_every_sentence_once_and_quote_verbatim() -> None:
    sample, _ = talk("bread", "court", "orbits")
    results = chapters_of(sample)
    assert [key for chapter in results for key in chapter.segment_ids] == [
        segment.id for segment in sample.segments
    ]
    for chapter in results:
        assert chapter.start_ms < chapter.end_ms
        assert chapter.gist
        assert len(chapter.headline) <= HEADLINE_CHARACTERS
        assert all(quote.text in sample.text for quote in chapter.quotes)
        assert all(chapter.start_ms <= quote.start_ms <= chapter.end_ms for quote in chapter.quotes)


def test_the_gist_names_the_topic() -> None:
    sample, _ = talk("bread", "court")
    first, *_, second = chapters_of(sample)
    assert any(word in first.gist.lower() for word in ("bread", "dough", "loaf", "flour"))
    assert any(word in second.gist.lower() for word in ("tenant", "landlord", "court", "rent"))


def test_empty_transcripts_and_unknown_languages_have_no_chapters() -> None:
    assert chapters_of(transcript()) == ()
    assert chapters_of(transcript("Bore da bawb.", language="cy")) == ()


def test_topics_of_three_hours_are_found() -> None:
    sample, borders = talk(*(list(TOPICS) * 48))
    assert sample.duration_ms > THREE_HOURS_MS
    results = chapters_of(sample)
    starts = [chapter.start_ms for chapter in results]
    hits = sum(any(abs(at - start) <= 30_000 for start in starts) for at in borders)
    assert hits / len(borders) >= 0.6
    assert [key for chapter in results for key in chapter.segment_ids] == [
        segment.id for segment in sample.segments
    ]


def test_each_word_is_counted_once_not_for_each_start_of_a_chapter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are made in a thread of the API. 24,000 words took four seconds of processor."""
    spoken = sentences(TextIndex(talk(*TOPICS)[0]))
    log = Mock(side_effect=math.log)
    monkeypatch.setattr(math, "log", log)
    assert chapters(spoken)
    words = sum(len(sentence.text.split()) for sentence in spoken)
    assert 0 < log.call_count <= len(spoken) ** 2 + 3 * words


def test_shortened_cuts_at_a_word() -> None:
    assert shortened("one two three", 9) == "one two…"
    assert shortened("one", 9) == "one"


BAKING = {
    "de": (
        "Der Teig braucht Mehl, Wasser und Salz. Mehl ist nicht gleich Mehl. Der Teig ruht "
        "über Nacht. Morgens wird der Teig gefaltet. Dann kommt das Brot in den Ofen. Im "
        "Ofen braucht das Brot Dampf. Ohne Dampf reißt die Kruste vom Brot. Eine gute Kruste "
        "ist dunkel. Das Brot kühlt auf einem Gitter. Warmes Brot lässt sich schlecht "
        "schneiden."
    ),
    "es": (
        "La masa lleva harina, agua y sal. No toda la harina es igual. La masa reposa toda "
        "la noche. Por la mañana se pliega la masa. Luego el pan va al horno. En el horno el "
        "pan necesita vapor. Sin vapor la corteza del pan se rompe. Una buena corteza es "
        "oscura. El pan se enfría en una rejilla. El pan caliente se corta mal."
    ),
    "ja": (
        "生地には小麦粉と水と塩を使います。小麦粉は種類が大切です。生地は一晩休ませます。"
        "朝に生地を折ります。それからパンを窯に入れます。窯の中でパンには蒸気が必要です。"
        "蒸気がないと皮が割れます。よい皮は濃い色です。パンは網の上で冷まします。"
        "温かいパンは切りにくいです。"
    ),
}
COURT = {
    "de": (
        "Die Mieterin klagt gegen den Vermieter. Der Vermieter hat die Miete erhöht. Das "
        "Gericht hört Zeugen. Ein Zeuge kennt den Mietvertrag. Im Mietvertrag steht die alte "
        "Miete. Der Richter fragt den Vermieter. Die Mieterin zeigt die Kündigung. Das "
        "Gericht hält die Kündigung für ungültig. Der Richter verkündet das Urteil. Das "
        "Urteil gibt der Mieterin recht."
    ),
    "es": (
        "La inquilina demanda al propietario. El propietario subió el alquiler. El tribunal "
        "oye a testigos. Un testigo conoce el contrato. En el contrato figura el alquiler "
        "antiguo. El juez pregunta al propietario. La inquilina muestra el desahucio. El "
        "tribunal cree nulo el desahucio. El juez dicta la sentencia. La sentencia da la "
        "razón a la inquilina."
    ),
    "ja": (
        "借主が大家を訴えました。大家は家賃を上げました。裁判所は証人を呼びます。"
        "証人は契約書を知っています。契約書には古い家賃があります。裁判官は大家に質問します。"
        "借主は退去通知を見せます。裁判所は退去通知を無効とします。裁判官は判決を言います。"
        "判決は借主を認めます。"
    ),
}


@pytest.mark.parametrize("language", list(BAKING))
def test_a_change_of_topic_is_found_in_other_languages(language: str) -> None:
    mark = "。" if language == "ja" else ". "
    texts = [
        [f"{sentence.strip(' .')}{mark.strip()}" for sentence in text.split(mark) if sentence]
        for text in (BAKING[language], COURT[language])
    ]
    sample = slowed(
        transcript(*texts[0], *texts[1], language=language), times=8 if language == "ja" else 4
    )
    border = sample.segments[len(texts[0])].start_ms
    (found,) = chapters_of(sample)[1:]
    assert abs(found.start_ms - border) <= 30_000


def slowed(sample: Transcript, *, times: int) -> Transcript:
    """A chapter has 45 s at least; so few sentences are said in less."""
    segments = [
        replace(segment, start_ms=segment.start_ms * times, end_ms=segment.end_ms * times)
        for segment in sample.segments
    ]
    return replace(sample, duration_ms=sample.duration_ms * times, segments=tuple(segments))
