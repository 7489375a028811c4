"""Exported files contain findings, texts and translations."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pypdf
import pysubs2
import pytest

from mp4totext.downloads.archive import free_name
from mp4totext.kit.clock import now
from mp4totext.kit.ids import new_id
from mp4totext.texts.models import WrittenText
from mp4totext.transcriptions.models import TranscriptDetails
from tests.conftest import settings_for
from tests.support.processor_time import processor_time
from tests.support.text_vendors import BY_NAME, compliant_model, vendor_server
from tests.texts.conftest import SPOKEN, Service, service_of

UNDERSTANDING = {
    "source": "local",
    "chapters": [
        {"gist": "Baking", "headline": "How bread is baked.", "summary": "At home.", "start": 0}
        | {"end": 9_000, "segment_ids": ["s1", "s2"]},
    ],
    "auto_highlights_result": {
        "status": "success",
        "results": [{"text": "warm water", "count": 1, "rank": 0.7, "timestamps": []}],
    },
    "entities": [
        {"entity_type": "person_name", "text": "Maria", "start": 100, "end": 200, "segment_ids": []}
    ],
    "sentiment_analysis_results": [
        {"text": "Good.", "sentiment": "POSITIVE", "confidence": 0.9, "speaker": None, "start": 1}
        | {"end": 2, "segment_ids": ["s1"]}
    ],
}


@pytest.fixture(scope="module")
def service(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    vendor = BY_NAME["openai-compatible"]
    with vendor_server(vendor, compliant_model) as (server, _):
        base = settings_for(tmp_path_factory.mktemp("service"))
        made = service_of(vendor.settings(base, server), empty_database)
        yield made
        made.runtime.close()


@pytest.fixture(scope="module")
def recording(service: Service) -> str:
    """With understanding, a summary, action items, and a translation by a model."""
    key = service.record()
    with service.runtime.database.write() as session:
        session.get_one(TranscriptDetails, (key, 1)).understanding = UNDERSTANDING
    vendor = BY_NAME["openai-compatible"]
    for kind in ("summary", "action_items"):
        service.request(key, kind, provider="local")
    service.request(key, "translate", provider=vendor.name, model=vendor.model)
    service.work()
    return key


def download(
    service: Service, recording: str, name: str, **query: Any
) -> Any:  # the test client's answer
    url = f"/api/v1/transcriptions/{recording}/export"
    params = {"format": name, **query}
    return service.client.get(url, params=params, headers=service.user.headers)


def text_of(service: Service, recording: str, kind: str) -> dict[str, Any]:
    url = f"/api/v1/transcriptions/{recording}/texts"
    listed = service.client.get(url, params={"kind": kind}, headers=service.user.headers).json()
    found: dict[str, Any] = listed["items"][0]
    return found


def test_json_has_what_was_found_and_written(service: Service, recording: str) -> None:
    document = json.loads(download(service, recording, "json").content)
    found = document["understanding"]
    assert found["chapters"][0]["headline"] == "How bread is baked."
    assert found["chapters"][0]["end_ms"] == 9_000
    assert found["highlights"][0]["text"] == "warm water"
    assert found["entities"][0]["type"] == "person_name"
    assert found["sentiments"][0]["sentiment"] == "POSITIVE"
    assert {text["kind"] for text in document["texts"]} == {"summary", "action_items", "translate"}
    translation = next(text for text in document["texts"] if text["kind"] == "translate")
    assert [line["segment_id"] for line in translation["lines"]] == [s.id for s in SPOKEN.segments]
    assert document["made_at"].startswith(str(now().year))


def test_documents_show_them(service: Service, recording: str) -> None:
    word = docx.Document(io.BytesIO(download(service, recording, "docx").content))
    pdf = pypdf.PdfReader(io.BytesIO(download(service, recording, "pdf").content))
    shown = {
        "docx": "\n".join(paragraph.text for paragraph in word.paragraphs),
        "pdf": "\n".join(page.extract_text() for page in pdf.pages),
        "md": download(service, recording, "md").text,
        "txt": download(service, recording, "txt").text,
    }
    for name, content in shown.items():
        for part in ("Summary", "Action items", "How bread is baked.", "warm water", "Maria"):
            assert part in content, (name, part)
    assert word.core_properties.created.year == now().year
    assert pdf.metadata is not None
    assert pdf.metadata.creation_date is not None
    assert pdf.metadata.creation_date.date() == word.core_properties.created.date()


def test_they_can_be_left_out(service: Service, recording: str) -> None:
    assert "Summary" not in download(service, recording, "md", findings="false").text


@pytest.mark.parametrize("tag", ["de", "DE", "de-AT"])
def test_a_translation_takes_the_times_of_its_segments(
    service: Service, recording: str, tag: str
) -> None:
    body = download(service, recording, "srt", translation=tag).text
    lines = text_of(service, recording, "translate")
    document = json.loads(download(service, recording, "json").content)
    translation = next(text for text in document["texts"] if text["id"] == lines["id"])
    cues = pysubs2.SSAFile.from_string(body, format_="srt")
    shown = "".join("".join(cue.plaintext.split()) for cue in cues)
    written = "".join("".join(line["text"].split()) for line in translation["lines"])
    assert "".join(shown.replace("-", "").split()) == written.replace("-", "")
    starts = {cue.start for cue in cues}
    assert {line["start_ms"] for line in translation["lines"]} <= starts


def test_bilingual_captions_have_both(service: Service, recording: str) -> None:
    alone = download(service, recording, "vtt", translation="de").text
    both = pysubs2.SSAFile.from_string(
        download(service, recording, "vtt", translation="de", bilingual="true").text, format_="vtt"
    )
    words = [word for cue in both for word in cue.plaintext.split()]
    for segment in SPOKEN.segments:
        assert set(segment.text.split()) <= set(words)
    first = json.loads(download(service, recording, "json").content)["texts"][0]["lines"][0]
    assert set(first["text"].split()) <= set(both[0].plaintext.split() + both[1].plaintext.split())
    assert len(both) >= alone.count(" --> ")


def test_a_language_without_a_translation_names_those_there_are(
    service: Service, recording: str
) -> None:
    answer = download(service, recording, "srt", translation="fr")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_translation")
    assert "there are: de." in answer.json()["detail"]


@pytest.mark.parametrize("name", ["txt", "md", "docx", "pdf"])
def test_a_text_is_a_document(service: Service, recording: str, name: str) -> None:
    text = text_of(service, recording, "summary")
    url = f"/api/v1/transcriptions/{recording}/texts/{text['id']}/export"
    answer = service.client.get(url, params={"format": name}, headers=service.user.headers)
    assert answer.status_code == 200
    assert f"Bread Summary.{name}" in answer.headers["Content-Disposition"]
    if name in ("txt", "md"):
        assert "[s1" not in answer.text
        assert "(00:31)" in answer.text
        assert "Written by" in answer.text


def test_a_text_is_not_written_as_captions(service: Service, recording: str) -> None:
    text = text_of(service, recording, "summary")
    url = f"/api/v1/transcriptions/{recording}/texts/{text['id']}/export"
    answer = service.client.get(url, params={"format": "srt"}, headers=service.user.headers)
    assert answer.status_code == 422
    assert "txt, md, docx, pdf" in answer.json()["detail"]


def test_chapters_written_for_this_version_are_the_chapters(service: Service) -> None:
    key = service.record()
    chapters = [
        {"headline": f"Chapter {n}.", "gist": f"Part {n}", "summary": "", "segment_ids": []}
        | {"first_segment_id": first}
        for n, first in enumerate(("s1", "s5", "s99"), 1)
    ]
    with service.runtime.database.write() as session:
        session.get_one(TranscriptDetails, (key, 1)).understanding = UNDERSTANDING
        session.add(written(service, key, 7, {"chapters": chapters}))
    assert [chapter["headline"] for chapter in chapters_in(service, key)] == ["How bread is baked."]
    with service.runtime.database.write() as session:
        session.add(written(service, key, 1, {"chapters": chapters}))
    starts = {segment.id: segment.start_ms for segment in SPOKEN.segments}
    assert [(each["start_ms"], each["end_ms"]) for each in chapters_in(service, key)] == [
        (starts["s1"], starts["s5"]),
        (starts["s5"], SPOKEN.duration_ms),
    ]
    body = download(service, key, "youtube")
    assert body.status_code == 200
    assert body.text.splitlines()[0] == "00:00 Part 1"


def test_a_list_of_chapters_needs_chapters(service: Service) -> None:
    answer = download(service, service.record(), "vtt-chapters")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_chapters")
    assert "auto_chapters" in answer.json()["detail"]


def chapters_in(service: Service, recording: str) -> list[dict[str, Any]]:
    document = json.loads(download(service, recording, "json").content)
    found: list[dict[str, Any]] = document["understanding"]["chapters"]
    return found


def written(service: Service, recording: str, version: int, data: dict[str, Any]) -> WrittenText:
    return WrittenText(
        id=new_id("txt"),
        user_id=service.user.id,
        transcription_id=recording,
        kind="chapters",
        provider="local",
        prompt_version="chapters/1",
        version=version,
        language="en",
        options={},
        created_at=now(),
        body="## Chapter [s1]",
        data=data,
    )


def test_many_recordings_carry_them_too(service: Service, recording: str) -> None:
    answer = service.client.get(
        "/api/v1/library/export",
        params={"ids": [recording], "format": "md"},
        headers=service.user.headers,
    )
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "## Summary" in archive.read("Bread.md").decode()


def test_names_in_an_archive_are_free_and_ten_thousand_of_one_are_quick() -> None:
    taken: dict[str, int] = {}
    names = ["Talk.txt", "Talk (2).txt", "talk.txt", "Talk.txt", "Talk (2).txt"]
    assert [free_name(name, taken) for name in names] == [
        "Talk.txt",
        "Talk (2).txt",
        "talk (3).txt",
        "Talk (4).txt",
        "Talk (2) (2).txt",
    ]
    with processor_time() as spent:
        many = {free_name("Talk.srt", taken) for _ in range(10_000)}
    assert len(many) == 10_000
    assert spent.s < 1
