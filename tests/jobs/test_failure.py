"""The reason why a job failed, in the reader's language."""

import pytest
from fastapi.testclient import TestClient

from mp4totext.credits.errors import InsufficientCredits
from mp4totext.jobs import service
from mp4totext.jobs.failure import Failure, in_words, message_of
from mp4totext.jobs.models import Job
from mp4totext.jobs.schemas import event_out
from mp4totext.kit.error_codes import FAILURES
from mp4totext.kit.storage import ObjectMissing
from mp4totext.media.errors import DamagedMedia
from mp4totext.messages import LANGUAGES, answering_in, messages_in
from mp4totext.providers import vendor_errors
from mp4totext.providers.errors import ProviderRejected
from mp4totext.runtime import Runtime
from tests.conftest import Account
from tests.support.toy_operation import Spine, raising

ACME = vendor_errors.Vendor(name="acme", title="Acme", key_setting="ACME_API_KEY")


@pytest.mark.parametrize(
    ("error", "english", "german"),
    [
        (
            vendor_errors.from_status(ACME, status=400, message="bad clip"),
            "Acme refused the request (400): bad clip",
            "Acme hat die Anfrage abgelehnt (400): bad clip",
        ),
        (
            vendor_errors.from_status(ACME, status=401, message=""),
            "Acme does not accept the key in ACME_API_KEY, or the key lacks a permission.",
            "Acme nimmt den Schlüssel in ACME_API_KEY nicht an, oder er darf das nicht.",
        ),
        (
            InsufficientCredits(required_uc=5_000_000, available_uc=1_500_000),
            "This needs 5.00 credits, 1.50 are available. Ask an administrator for more credits.",
            "Dafür sind 5.00 Credits nötig, verfügbar sind 1.50. Mehr Credits gibt die Verwaltung.",
        ),
        (
            DamagedMedia("Its index ends at byte 9."),
            "Its index ends at byte 9.",
            "Die Aufnahme ist beschädigt. Its index ends at byte 9.",
        ),
        (
            ProviderRejected("Too loud.", code="too_loud"),
            "Too loud.",
            "Der Anbieter hat die Anfrage abgelehnt. Too loud.",
        ),
        (
            ObjectMissing("recordings/secret/key"),
            "The recording is no longer in storage.",
            "Die Aufnahme ist nicht mehr im Speicher.",
        ),
    ],
)
def test_a_failed_job_is_explained_in_the_language_that_is_asked_for(
    spine: Spine, error: Exception, english: str, german: str
) -> None:
    user = spine.user()
    spine.toy.act = raising(error)
    job = spine.submit(user)
    spine.work()
    row = spine.job(job.id)
    event = spine.events(user)[-1]
    assert message_of(row) == english
    assert event_out(event)["message"] == english
    with answering_in("de-AT,de;q=0.9"):
        assert message_of(row) == german
        answer = event_out(event)
    assert answer["message"] == german
    assert "sentence" not in answer


def test_a_retry_forgets_why_the_job_failed(spine: Spine) -> None:
    spine.toy.act = raising(ZeroDivisionError())
    job = spine.submit(spine.user())
    spine.work()
    with spine.runtime.database.write() as session:
        service.retry(session, session.get_one(Job, job.id), {"toy": spine.toy})
    assert (spine.job(job.id).error_message, spine.job(job.id).error_sentence) == (None, None)


def test_failures_of_earlier_releases_keep_their_text() -> None:
    with answering_in("fr"):
        assert in_words("media_empty", "The file is empty. Choose another.", None) == (
            f"{messages_in('fr').sentences['media_empty']} The file is empty. Choose another."
        )
        assert in_words("insufficient_credits", "Needs 4.", None) == "Needs 4."
        assert in_words("made_up", "It broke.", None) == "It broke."


def test_a_sentence_whose_values_are_not_those_of_this_release_stays_english() -> None:
    stored = {"names": ["time_limit"], "values": {"hours": 2}}
    with answering_in("ja"):
        assert in_words("time_limit", "It took long.", stored) == "It took long."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_has_its_values_in_every_language(language: str) -> None:
    values = {"vendor": "Acme", "setting": "KEY", "status": "500", "reason": "no", "hours": "24"}
    for name in FAILURES:
        failure = Failure.of(name, sentence=name, **values, minutes=9, crashes=3)
        with answering_in(language):
            said = in_words(failure.code, failure.message, failure.stored())
        assert said != failure.message, name
        assert "{" not in said, name


def test_the_http_answer_is_in_the_language_of_its_header(
    client: TestClient, runtime: Runtime, user: Account
) -> None:
    job = Spine(runtime).submit(user.id, metered=False)
    spanish = {**user.headers, "Accept-Language": "es"}
    assert client.post(f"/api/v1/jobs/{job.id}/cancel", headers=spanish).json()["error"] == {
        "code": "cancelled",
        "message": "Cancelado.",
    }
    english = client.get(f"/api/v1/jobs/{job.id}", headers=user.headers).json()
    assert english["error"]["message"] == "Cancelled."
    listed = client.get("/api/v1/jobs", headers=spanish).json()["items"]
    assert [row["error"]["message"] for row in listed] == ["Cancelado."]
