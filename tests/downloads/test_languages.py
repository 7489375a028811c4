"""Labels of nameless speakers and headings are in the language of who downloads."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docx
import pypdf
import pytest

from mp4totext.exports.registry import EXPORTS
from mp4totext.transcript import Speaker
from mp4totext.transcriptions.models import TranscriptDetails
from tests.conftest import settings_for
from tests.downloads.test_downloads import UNDERSTANDING
from tests.support.transcript_builders import transcript
from tests.texts.conftest import Service, service_of

SPOKEN = replace(
    transcript("Good morning.", "And to you.", "Shall we?", speakers=["S1", "S2", "S3"]),
    # A person did name the second one so.
    speakers=(Speaker(id="S1"), Speaker(id="S2", name="Speaker 1"), Speaker(id="S3")),
)


@pytest.fixture(scope="module")
def service(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = service_of(settings_for(tmp_path_factory.mktemp("service")), empty_database)
    yield made
    made.runtime.close()


@pytest.fixture(scope="module")
def recording(service: Service) -> str:
    key = service.record(SPOKEN)
    with service.runtime.database.write() as session:
        session.get_one(TranscriptDetails, (key, 1)).understanding = UNDERSTANDING
    return key


def get(service: Service, path: str, language: str | None = None, **query: Any) -> Any:
    headers = service.user.headers | ({"Accept-Language": language} if language else {})
    answer = service.client.get(f"/api/v1{path}", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer


def exported(service: Service, recording: str, name: str, language: str | None = None) -> bytes:
    path = f"/transcriptions/{recording}/export"
    answer = get(service, path, language, format=name, **_NAMED.get(name, {}))
    assert "Accept-Language" in answer.headers["vary"]
    content: bytes = answer.content
    return content


_NAMED = {"srt": {"speaker_mark": "name"}}


@pytest.mark.parametrize("name", ["txt", "md", "srt", "vtt", "json", "csv", "ass", "edl", "eaf"])
def test_nameless_speakers_have_a_label_in_the_language_of_the_reader(
    service: Service, recording: str, name: str
) -> None:
    turkish = exported(service, recording, name, "tr-TR,tr;q=0.9").decode()
    assert "Konuşmacı 1" in turkish
    assert "Konuşmacı 3" in turkish
    assert "Speaker 1" in turkish  # who has that name
    assert "Speaker 3" not in turkish
    for asked in (None, "en-GB", "tlh"):
        english = exported(service, recording, name, asked).decode()
        assert "Speaker 3" in english
        assert "Konuşmacı" not in english


def test_documents_have_headings_in_the_language_of_the_reader(
    service: Service, recording: str
) -> None:
    word = docx.Document(io.BytesIO(exported(service, recording, "docx", "de")))
    pdf = pypdf.PdfReader(io.BytesIO(exported(service, recording, "pdf", "de")))
    shown = {
        "docx": "\n".join(paragraph.text for paragraph in word.paragraphs),
        "pdf": "\n".join(page.extract_text() for page in pdf.pages),
        "md": exported(service, recording, "md", "de").decode(),
        "txt": exported(service, recording, "txt", "de").decode(),
        "obsidian": exported(service, recording, "obsidian", "de").decode(),
    }
    parts = (
        "Kapitel",
        "Oft gesagt",
        "Personen: Maria",
        "Positiv: 1 Satz",
        "Transkript",
        "Sprecher 3",
    )
    for name, content in shown.items():
        for part in parts:
            assert part in content, (name, part)
        for part in ("Chapters", "Highlights", "Person name", "Transcript", "Speaker 3"):
            assert part not in content, (name, part)
    assert "Sprecher: Sprecher 1 (" in shown["txt"]
    assert "Dauer: 00:00:0" in shown["txt"]


@pytest.mark.parametrize("name", EXPORTS)
def test_every_format_is_written_in_arabic(service: Service, recording: str, name: str) -> None:
    assert exported(service, recording, name, "ar")


def test_an_archive_is_in_the_language_of_who_asks(service: Service, recording: str) -> None:
    answer = get(service, "/library/export", "fr", ids=[recording], format="txt")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "Intervenant 3: Shall we?" in archive.read(archive.namelist()[0]).decode()


def test_a_recording_is_not_unchanged_in_another_language(service: Service, recording: str) -> None:
    path = f"/transcriptions/{recording}"
    german = get(service, path, "de")
    assert [each["label"] for each in german.json()["speakers"]] == [
        "Sprecher 1",
        "Speaker 1",
        "Sprecher 3",
    ]
    assert german.json()["speakers"][0]["name"] is None
    assert "Accept-Language" in german.headers["vary"]
    known = {**service.user.headers, "If-None-Match": german.headers["etag"]}
    url = f"/api/v1{path}"
    again = service.client.get(url, headers={**known, "Accept-Language": "de-CH"})
    assert again.status_code == 304
    english = service.client.get(url, headers=known)
    assert english.status_code == 200
    assert english.json()["speakers"][2]["label"] == "Speaker 3"


def test_lists_of_formats_and_prices_are_in_the_language_of_the_reader(service: Service) -> None:
    formats = {each["name"]: each for each in get(service, "/export-formats", "ja").json()}
    assert formats["txt"]["title"] == "プレーンテキスト"
    assert formats["pdf"]["title"] == "PDF"
    assert formats["pdf"]["description"].startswith("印刷")
    prices = {each["key"]: each for each in get(service, "/credits/pricing", "es").json()["prices"]}
    assert prices["web_search"]["description"] == "Búsqueda web"
    plain = {each["key"]: each for each in get(service, "/credits/pricing").json()["prices"]}
    assert plain["web_search"]["description"] == "Web search"


def test_engines_and_models_are_described_in_the_language_of_the_reader(service: Service) -> None:
    listed = get(service, "/config", "tr").json()["engines"]
    engines = {each["name"]: each["title"] for each in listed}
    assert engines["moonshine"] == "Moonshine tiny, İngilizce, yerleşik"
    assert engines["openai"] == "OpenAI audio API"
    [local, *_] = get(service, "/ai-models", "de").json()
    assert local["title"] == "Auf diesem Rechner, ohne Sprachmodell"


def test_a_text_has_labels_in_its_own_language(service: Service) -> None:
    """It is stored as it is written, and is read by people of all languages."""
    spoken = transcript(
        "Wir backen heute Brot und reden über das Mehl und das Wasser.",
        "Ich schicke Maria das Rezept bis Freitag, sie hat danach gefragt.",
        language="de",
        speakers=["S1", "S2"],
    )
    key = service.record(spoken)
    service.request(key, "action_items", provider="local")
    service.work()
    path = f"/transcriptions/{key}/texts"
    written = get(service, path, kind="action_items").json()["items"][0]
    body = get(service, f"{path}/{written['id']}").json()["body"]
    assert "Sprecher 2" in body


def test_a_single_text_is_titled_in_the_language_of_the_reader(service: Service) -> None:
    key = service.record()
    service.request(key, "key_phrases", provider="local")
    service.work()
    path = f"/transcriptions/{key}/texts"
    written = get(service, path).json()["items"][0]
    answer = get(service, f"{path}/{written['id']}/export", "de", format="txt")
    assert "Schlüsselbegriffe" in answer.text
    assert "Geschrieben von: local" in answer.text
