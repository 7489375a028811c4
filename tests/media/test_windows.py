from itertools import pairwise

from mp4totext.media.windows import Window, plan


def test_a_short_recording_is_one_window() -> None:
    assert plan([(0, 1_000)], duration_ms=5_000) == (Window(0, 5_000),)


def test_nothing_gives_nothing() -> None:
    assert plan([], duration_ms=0) == ()


def test_windows_end_in_the_middle_of_the_longest_pause_near_the_limit() -> None:
    speech = [(0, 250_000), (250_400, 270_000), (272_000, 290_000), (290_500, 700_000)]
    windows = plan(speech, duration_ms=700_000)
    assert windows[0] == Window(0, 271_000)


def test_windows_tile_the_recording_and_keep_the_limit() -> None:
    speech = [(n * 7_000, n * 7_000 + 6_300) for n in range(600)]
    windows = plan(speech, duration_ms=4_200_123)
    assert windows[0].start_ms == 0
    assert windows[-1].end_ms == 4_200_123
    assert all(a.end_ms == b.start_ms for a, b in pairwise(windows))
    assert all(w.end_ms - w.start_ms <= 300_000 for w in windows)
    inside = [w for w in windows[:-1] for a, b in speech if a < w.end_ms < b]
    assert not inside


def test_speech_without_any_pause_is_cut_at_the_limit() -> None:
    windows = plan([(0, 700_000)], duration_ms=700_000)
    assert [w.end_ms for w in windows] == [300_000, 600_000, 700_000]
