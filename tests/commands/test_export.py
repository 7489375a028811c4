"""`mp4totext export`: converts a JSON transcript to other formats."""

import io
import json
from pathlib import Path

import pypdf
import pytest
from click.testing import CliRunner, Result

from mp4totext.cli import main
from mp4totext.exports.registry import EXPORTS
from tests.exports.samples import lecture, paid


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    file = tmp_path / "talk.json"
    file.write_bytes(EXPORTS["json"].render(lecture(), paid()))
    return file


def run(*words: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["export", *words], input=stdin)


def test_all_formats_lie_beside_it(transcript: Path) -> None:
    done = run(str(transcript), "--format", "all", "--json")
    assert done.exit_code == 0, done.output
    written = json.loads(done.stdout)["written"]
    assert {Path(name).name for name in written} == {
        f"talk.{export.extension}" for export in EXPORTS.values()
    }
    pdf = pypdf.PdfReader(io.BytesIO((transcript.parent / "talk.pdf").read_bytes()))
    assert "Summary" in pdf.pages[0].extract_text()


def test_lists_of_chapters_are_left_out_where_there_are_none(tmp_path: Path) -> None:
    file = tmp_path / "talk.json"
    file.write_bytes(EXPORTS["json"].render(lecture(), paid()))
    document = json.loads(file.read_bytes()) | {"understanding": {}}
    file.write_text(json.dumps(document))
    done = run(str(file), "-f", "all", "-o", f"{tmp_path}/out/")
    assert done.exit_code == 0, done.output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"talk.{e.extension}" for e in EXPORTS.values() if not e.of_chapters}
    refused = run(str(file), "-f", "youtube")
    assert refused.exit_code != 0
    assert "made of chapters" in refused.output


def test_it_reads_stdin_and_writes_stdout(transcript: Path) -> None:
    words = ("-", "-f", "srt", "-o", "-", "--option", "translation=de", "--option", "max_lines=1")
    done = run(*words, stdin=transcript.read_bytes())
    assert done.exit_code == 0, done.output
    assert "Guten Morgen" in done.stdout
    assert "Good morning" not in done.stdout


def test_both_languages_stand_in_one_file(transcript: Path) -> None:
    words = ("--option", "translation=de", "--option", "bilingual=yes", "-o", "-")
    body = run(str(transcript), "-f", "vtt", *words).stdout
    assert "Good morning, everyone," in body
    assert "welcome\nGuten</v>" in body
    assert "Speaker" in body  # the segment without a translation is still there


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-f", "xlsx"), "Choose from txt"),
        (("-f", "srt", "--option", "preset"), "NAME=VALUE"),
        (("-f", "srt", "--option", "colour=red"), "Unknown export option"),
        (("-f", "srt", "--option", "translation=fr"), "there are: de"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    transcript: Path, words: tuple[str, ...], message: str
) -> None:
    done = run(str(transcript), *words)
    assert done.exit_code != 0
    assert message in done.output


def test_other_json_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text('{"text": "hello"}')
    assert "not a JSON transcript" in run(str(file), "-f", "srt").output
