"""The quote is held, and what was delivered is charged once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from mp4totext.credits import ledger
from tests.support.account_steps import problem
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, ApiUser, Harness, recording


def test_estimate_quote_and_hold_agree(harness: Harness, user: ApiUser) -> None:
    options = {
        "language": "en",
        "diarize": True,
        "features": {"speech_understanding": {"auto_chapters": True, "entity_detection": True}},
    }
    body = {"duration_ms": 9_963, "options": options}
    estimate = user.send("POST", "/transcriptions/estimate", body)
    quote = user.send("POST", "/credits/quote", {**body, "operation": "transcribe"})
    assert estimate == quote
    features = '{"speech_understanding": {"auto_chapters": true, "entity_detection": true}}'
    accepted = user.upload(
        recording(TEN_SECONDS), language="en", diarize="true", features=features
    ).json()
    assert accepted["held"] == estimate["total"] == user.balance["held"]
    assert accepted["quote"] == estimate["lines"]
    assert (estimate["enough"], estimate["available"]) == (True, user.balance["balance"])
    harness.work()
    job = user.get(f"/jobs/{accepted['task_id']}")
    assert job["charged"] == accepted["held"]


def test_history_adds_up_over_all_pages(harness: Harness, user: ApiUser) -> None:
    gift = user.balance["available"]
    first = user.transcribed(FOUR_SECONDS)
    second = user.transcribed(TEN_SECONDS)
    page = user.get("/credits/history", limit=2)
    entries, cursor = page["items"], page["next_cursor"]
    while cursor is not None:
        assert page["totals"]["entries"] == 5
        page = user.get("/credits/history", limit=2, cursor=cursor)
        entries += page["items"]
        cursor = page["next_cursor"]
    assert [entry["kind"] for entry in entries] == ["settle", "hold", "settle", "hold", "grant"]
    spent = Decimal(str(page["totals"]["spent"]))
    assert page["totals"]["granted"] == gift
    assert Decimal(str(user.balance["available"])) == Decimal(str(gift)) - spent
    assert sum(Decimal(str(entry["amount"])) for entry in entries) == Decimal(str(gift)) - spent
    assert sum(Decimal(str(entry["held"])) for entry in entries) == 0
    for found, cost in ((first, 0.07), (second, 0.17)):
        own = user.get(f"/credits/transactions/transcription/{found['id']}")["items"]
        assert [entry["amount"] for entry in own] == [-cost, 0]


def leave(harness: Harness, user: ApiUser, amount_uc: int) -> None:
    """Takes back all but so much."""
    with harness.runtime.database.write() as session:
        here = ledger.balance(session, user.account.id)
        ledger.grant(
            session,
            user_id=user.account.id,
            amount_uc=amount_uc - here.available_uc,
            key=f"test:{user.account.id}",
            reason="test",
        )


def test_without_enough_credits_nothing_is_kept(harness: Harness, user: ApiUser) -> None:
    leave(harness, user, 60_000)
    files = harness.files()
    refused = problem(user.upload(recording(FOUR_SECONDS)), 402, "insufficient_credits")
    assert (refused["required"], refused["available"]) == (0.07, 0.06)
    assert user.has_nothing
    assert harness.files() == files
    estimate = user.send("POST", "/transcriptions/estimate", {"duration_ms": 4_109})
    assert (estimate["enough"], estimate["total"]) == (False, 0.07)


def test_parallel_uploads_share_a_balance_for_three(harness: Harness, user: ApiUser) -> None:
    leave(harness, user, 230_000)
    content = recording(FOUR_SECONDS).read_bytes()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: user.upload(content, name=f"{n}.wav"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [202] * 3 + [402] * 5
    assert harness.rows(user.account) == {"transcriptions": 3, "jobs": 3, "holds": 3}
    accepted = {answer.json()["id"] for answer in answers if answer.status_code == 202}
    stored = {name.split("/")[2] for name in harness.files() if name.startswith("media/recordings")}
    assert len(accepted & stored) == 3
    assert not [name for name in harness.files() if name.startswith("work/uploads")]
    harness.work()
    assert (user.balance["held"], user.balance["available"]) == (0, 0.02)


def test_the_same_file_again_is_offered_not_reused(harness: Harness, user: ApiUser) -> None:
    first = user.transcribed(FOUR_SECONDS)
    second = user.upload(recording(FOUR_SECONDS)).json()
    assert second["duplicates"] == [first["id"]]
    assert second["id"] != first["id"]
    other = harness.new_user().upload(recording(FOUR_SECONDS)).json()
    assert other["duplicates"] == []
    harness.work()


def test_a_repeated_request_takes_effect_once(harness: Harness, user: ApiUser) -> None:
    first = user.upload(recording(FOUR_SECONDS), key="one", title="A")
    files = harness.files()
    assert user.upload(recording(FOUR_SECONDS), key="one", title="A").json() == first.json()
    assert harness.rows(user.account) == {"transcriptions": 1, "jobs": 1, "holds": 1}
    for other in (
        user.upload(recording(FOUR_SECONDS), key="one", title="B"),
        user.upload(recording(TEN_SECONDS), key="one", title="A"),
        user.call(
            "POST",
            "/transcriptions/from-url",
            json={"url": "https://example.com/a.mp3"},
            headers={"Idempotency-Key": "one"},
        ),
    ):
        problem(other, 422, "idempotency_key_reused")
    for bad in ("", "two words", "x" * 201):
        problem(user.upload(recording(FOUR_SECONDS), key=bad), 422, "invalid")
    assert harness.rows(user.account) == {"transcriptions": 1, "jobs": 1, "holds": 1}
    assert harness.files() == files
    other_persons = harness.new_user()
    assert (
        other_persons.upload(recording(FOUR_SECONDS), key="one").json()["id"] != first.json()["id"]
    )
    harness.work()


@pytest.mark.parametrize("room_uc", [10_000_000, 75_000], ids=["rich", "for-one"])
def test_parallel_twins_get_one_answer(harness: Harness, user: ApiUser, room_uc: int) -> None:
    """Also when there are credits for one only: the second must not hear 402."""
    leave(harness, user, room_uc)
    content = recording(FOUR_SECONDS).read_bytes()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: user.upload(content, key="twin"), range(6)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert harness.rows(user.account) == {"transcriptions": 1, "jobs": 1, "holds": 1}
    stored = {name.split("/")[2] for name in harness.files() if name.startswith("media/recordings")}
    assert answers[0].json()["id"] in stored
    harness.work()
