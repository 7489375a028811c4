"""The quality gates fail when they should."""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mp4totext.providers.model_catalogue import shipped
from tools import coverage_gate, docs, eval_gate


def tally(**given: Any) -> dict[str, Any]:
    return {"wer": None, "invented_words": 0, "failures": [], **given}


def test_accuracy_at_the_limit_is_enough() -> None:
    assert not eval_gate.complaints(
        {"clip": tally(wer=0.124), "no-speech": tally(invented_words=2), "other": tally(wer=0.9)}
    )


@pytest.mark.parametrize(
    ("categories", "said"),
    [
        ({"clip": tally(wer=0.1241)}, "clip: word error rate 0.1241"),
        ({"hard": tally(failures=["x.wav: broken_media"])}, "x.wav: broken_media"),
        ({"a": tally(invented_words=1), "b": tally(invented_words=2)}, "3 words where nobody"),
    ],
)
def test_worse_accuracy_is_refused(categories: dict[str, Any], said: str) -> None:
    assert said in eval_gate.complaints(categories)[0]


def measured_file(covered: int, total: int) -> dict[str, Any]:
    return {
        "summary": {
            "covered_lines": covered,
            "num_statements": total,
            "covered_branches": 0,
            "num_branches": 0,
        },
        "missing_lines": list(range(covered, total)),
        "missing_branches": [],
    }


@pytest.mark.parametrize(
    ("name", "covered", "code"),
    [
        ("credits/ledger.py", 100, 0),
        ("credits/ledger.py", 97, 1),
        ("exports/srt.py", 97, 1),
        ("media/probe.py", 95, 0),
        ("media/probe.py", 91, 1),
    ],
)
def test_coverage_below_its_gate_is_refused(name: str, covered: int, code: int) -> None:
    files = {coverage_gate.PACKAGE + name: measured_file(covered, 100)}
    assert coverage_gate.judge(files) == code


def test_a_generated_part_is_replaced_and_the_rest_kept() -> None:
    page = "# A\n<!-- generated: prices -->\nold\n<!-- end -->\ntext\n"
    filled = docs.filled(page, where="a.md")
    assert filled.startswith("# A\n<!-- generated: prices -->\n| key |")
    assert "old" not in filled
    assert filled.endswith("<!-- end -->\ntext\n")


def test_an_unknown_generated_part_is_named() -> None:
    with pytest.raises(SystemExit, match="'nothing'"):
        docs.filled("<!-- generated: nothing -->\n<!-- end -->\n", where="a.md")


def test_every_generator_is_used() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (docs.ROOT / "docs").glob("*.md")]
    unused = [name for name in docs.BLOCKS if not any(f"generated: {name} -->" in p for p in pages)]
    assert not unused


def test_the_example_environment_has_every_setting() -> None:
    example = docs.env_example()
    for _, fields in docs.groups():
        for name in fields:
            assert f"#{name.upper()}=" in example


GOOD: dict[str, Any] = {
    "seams_1": {"seams": 15, "passages": 40, "missing": [], "doubled": []},
    "answers": {"asked": 50, "present": 48, "right": 40},
    "words_in_silence": 0,
    "words_in_babble": 0,
}


def test_what_was_planted_and_found_is_enough() -> None:
    assert eval_gate.planted_complaints(GOOD) == []
    assert eval_gate.planted_complaints({}) == []
    assert eval_gate.planted_complaints({"answers": None}) == []  # flite is not installed


@pytest.mark.parametrize(
    ("worse", "said"),
    [
        ({"seams_1": {"missing": ["a b c"], "doubled": []}}, "seams_1: missing 'a b c'"),
        ({"seams_2": {"missing": [], "doubled": ["a b c"]}}, "seams_2: doubled 'a b c'"),
        ({"answers": {"asked": 50, "present": 47}}, "47 of 50 short answers are there"),
        ({"words_in_silence": 1}, "1 words in ten minutes of silence"),
        ({"words_in_babble": 21}, "21 words in ten minutes of babble"),
    ],
)
def test_a_lost_passage_is_refused(worse: dict[str, Any], said: str) -> None:
    assert eval_gate.planted_complaints(GOOD | worse) == [said]


@pytest.mark.parametrize(
    ("planted", "said"),
    [(GOOD, "Accuracy is"), (GOOD | {"answers": None}, "Not measured: short answers")],
)
def test_it_is_said_what_was_not_measured(
    planted: dict[str, Any],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"categories": {}, "planted": planted}), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["eval_gate.py", str(report)])
    assert eval_gate.main() == 0
    assert capsys.readouterr().out.startswith(said)


@pytest.mark.parametrize(
    ("days_before", "said"), [(61, ""), (60, "in 60 days"), (1, "in 1 day:"), (0, "ended on")]
)
def test_developers_hear_of_a_default_that_ends(days_before: int, said: str) -> None:
    """whisper-1 is the default of OPENAI_SPEECH_MODEL."""
    (whisper,) = (entry for entry in shipped().models if entry.model == "whisper-1")
    assert whisper.retires_at is not None
    messages = docs.ending_defaults(whisper.retires_at - timedelta(days=days_before))
    about = [message for message in messages if "'whisper-1'" in message]
    assert bool(about) == bool(said)
    assert said in "".join(about)
