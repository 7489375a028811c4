from dataclasses import replace

import pytest

from mp4totext.writing.language import notice, text_language
from tests.support.transcript_builders import transcript

TEXTS = {
    "en": "The children were playing in the garden when the rain began to fall on the roof.",
    "de": "Die Kinder spielten im Garten, als der Regen auf das Dach zu fallen begann.",
    "fr": "Les enfants jouaient dans le jardin quand la pluie a commencé à tomber sur le toit.",
    "es": "Los niños jugaban en el jardín cuando la lluvia empezó a caer sobre el tejado.",
    "it": "I bambini giocavano nel giardino quando la pioggia cominciò a cadere sul tetto.",
    "tr": "Yağmur çatıya yağmaya başladığında çocuklar bahçede oyun oynuyorlardı.",
    "ru": "Дети играли в саду, когда по крыше начал стучать сильный дождь.",
    "ar": "كان الأطفال يلعبون في الحديقة عندما بدأ المطر يهطل على السطح بغزارة.",
    "ja": "雨が屋根に降り始めたとき、子供たちは庭で遊んでいました。",
    "ko": "비가 지붕 위로 내리기 시작했을 때 아이들은 정원에서 놀고 있었습니다.",
    "zh": "雨开始落在屋顶上的时候，孩子们正在花园里玩耍，一点也不想回家。",
    "hi": "जब छत पर बारिश होने लगी तब बच्चे बगीचे में खेल रहे थे और हँस रहे थे।",
}


@pytest.mark.parametrize("language", TEXTS)
def test_the_language_of_a_sentence_is_identified(language: str) -> None:
    result = text_language(TEXTS[language])
    assert result is not None
    assert result.language == language
    assert 0 < result.confidence <= 1


@pytest.mark.parametrize("text", ["", "Yes.", "OK OK OK", "12 34 56 78 90 " * 10])
def test_too_little_text_is_not_guessed(text: str) -> None:
    assert text_language(text) is None


@pytest.mark.parametrize("language", TEXTS)
def test_a_transcript_in_its_own_language_raises_no_notice(language: str) -> None:
    assert notice(transcript(TEXTS[language], TEXTS[language], language=language)) is None


def test_a_transcript_that_claims_another_language_is_noticed() -> None:
    result = notice(transcript(*[TEXTS["de"]] * 6, language="en"))
    assert result is not None
    assert (result.claimed, result.identified) == ("en", "de")
    assert result.share > 0.9


def test_segments_with_another_language_of_their_own_do_not_count() -> None:
    sample = transcript(TEXTS["en"], TEXTS["de"], TEXTS["de"])
    tagged = tuple(replace(segment, language="de") for segment in sample.segments[1:])
    assert notice(replace(sample, segments=(sample.segments[0], *tagged))) is None


def test_an_empty_transcript_raises_no_notice() -> None:
    assert notice(transcript(language=None)) is None
