"""Words in scripts without spaces, with the times of their characters."""

from itertools import pairwise

import pytest

from mp4totext.exports.spoken_words import spoken_words
from mp4totext.exports.timed_pieces import Piece, pieces_of
from tests.exports.samples import spoken, transcript


def words(text: str, language: str) -> list[str]:
    line = pieces_of(transcript(spoken(text), language=language), widest=42)
    return [word.text for word in spoken_words(line)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ja", "今日は天気がとても良いので、散歩に", "今日は 天気が とても 良いので、 散歩に"),
        ("zh", "我们去公园散步吧，正在改变世界。", "我们 去 公园 散步 吧， 正在 改变 世界。"),
        ("zh-Hant", "我們去公園散步，改變世界。", "我們 去 公園 散步， 改變 世界。"),
        ("zh", "可以快速检查Microsoft的3.5模型", "可以 快速 检查 Microsoft 的 3.5模型"),
        ("th", "เราไปเดินเล่นที่บ้าน", "เรา ไป เดิน เล่น ที่ บ้าน"),
        ("ko", "오늘은 날씨가 좋아서", "오늘은 날씨가 좋아서"),
        ("en", "We said it twice, twice.", "We said it twice, twice."),
        ("en", "At 北京大学 and 海水浴場です too", "At 北京 大学 and 海水浴場です too"),
        ("ko", "漢字는 北京大学 이다", "漢字는 北京 大学 이다"),
    ],
)
def test_a_highlight_is_a_word(language: str, text: str, expected: str) -> None:
    assert words(text, language) == expected.split()


def test_a_word_has_the_times_of_its_characters() -> None:
    line = [
        Piece(character, at * 100, at * 100 + 100, None, "ja", spaced=False, word_edge=True)
        for at, character in enumerate("今日は天気が")
    ]
    today, weather = spoken_words(line)
    assert (today.text, today.start_ms, today.end_ms) == ("今日は", 0, 300)
    assert (weather.text, weather.start_ms, weather.end_ms) == ("天気が", 300, 600)


def test_words_share_the_time_of_a_phrase() -> None:
    phrase = Piece("เราไปเดินเล่น", 1_000, 2_300, None, "th", spaced=True, word_edge=True)
    found = spoken_words([phrase])
    assert [word.spaced for word in found] == [True, False, False, False]
    assert (found[0].start_ms, found[-1].end_ms) == (1_000, 2_300)
    assert all(a.end_ms == b.start_ms for a, b in pairwise(found))
