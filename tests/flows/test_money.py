"""What is promised is what is held, and what was delivered is what is charged, once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from mp4totext.credits import ledger
from tests.support.account_steps import problem
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, Person, World, recording


def test_estimate_quote_and_hold_agree(world: World, person: Person) -> None:
    options = {
        "language": "en",
        "diarize": True,
        "features": {"speech_understanding": {"auto_chapters": True, "entity_detection": True}},
    }
    body = {"duration_ms": 9_963, "options": options}
    estimate = person.send("POST", "/transcriptions/estimate", body)
    quote = person.send("POST", "/credits/quote", {**body, "operation": "transcribe"})
    assert estimate == quote
    features = '{"speech_understanding": {"auto_chapters": true, "entity_detection": true}}'
    accepted = person.upload(
        recording(TEN_SECONDS), language="en", diarize="true", features=features
    ).json()
    assert accepted["held"] == estimate["total"] == person.balance["held"]
    assert accepted["quote"] == estimate["lines"]
    assert (estimate["enough"], estimate["available"]) == (True, person.balance["balance"])
    world.work()
    job = person.get(f"/jobs/{accepted['task_id']}")
    assert job["charged"] == accepted["held"]


def test_history_adds_up_over_all_pages(world: World, person: Person) -> None:
    gift = person.balance["available"]
    first = person.transcribed(FOUR_SECONDS)
    second = person.transcribed(TEN_SECONDS)
    page = person.get("/credits/history", limit=2)
    entries, cursor = page["items"], page["next_cursor"]
    while cursor is not None:
        assert page["totals"]["entries"] == 5
        page = person.get("/credits/history", limit=2, cursor=cursor)
        entries += page["items"]
        cursor = page["next_cursor"]
    assert [entry["kind"] for entry in entries] == ["settle", "hold", "settle", "hold", "grant"]
    spent = Decimal(str(page["totals"]["spent"]))
    assert page["totals"]["granted"] == gift
    assert Decimal(str(person.balance["available"])) == Decimal(str(gift)) - spent
    assert sum(Decimal(str(entry["amount"])) for entry in entries) == Decimal(str(gift)) - spent
    assert sum(Decimal(str(entry["held"])) for entry in entries) == 0
    for found, cost in ((first, 0.07), (second, 0.17)):
        own = person.get(f"/credits/transactions/transcription/{found['id']}")["items"]
        assert [entry["amount"] for entry in own] == [-cost, 0]


def leave(world: World, person: Person, amount_uc: int) -> None:
    """Takes back all but so much."""
    with world.runtime.database.write() as session:
        here = ledger.balance(session, person.account.id)
        ledger.grant(
            session,
            user_id=person.account.id,
            amount_uc=amount_uc - here.available_uc,
            key=f"test:{person.account.id}",
            reason="test",
        )


def test_without_enough_credits_nothing_is_kept(world: World, person: Person) -> None:
    leave(world, person, 60_000)
    files = world.files()
    refused = problem(person.upload(recording(FOUR_SECONDS)), 402, "insufficient_credits")
    assert (refused["required"], refused["available"]) == (0.07, 0.06)
    assert person.has_nothing
    assert world.files() == files
    estimate = person.send("POST", "/transcriptions/estimate", {"duration_ms": 4_109})
    assert (estimate["enough"], estimate["total"]) == (False, 0.07)


def test_parallel_uploads_share_a_balance_for_three(world: World, person: Person) -> None:
    leave(world, person, 230_000)
    content = recording(FOUR_SECONDS).read_bytes()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: person.upload(content, name=f"{n}.wav"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [202] * 3 + [402] * 5
    assert world.rows(person.account) == {"transcriptions": 3, "jobs": 3, "holds": 3}
    accepted = {answer.json()["id"] for answer in answers if answer.status_code == 202}
    stored = {name.split("/")[2] for name in world.files() if name.startswith("media/recordings")}
    assert len(accepted & stored) == 3
    assert not [name for name in world.files() if name.startswith("work/uploads")]
    world.work()
    assert (person.balance["held"], person.balance["available"]) == (0, 0.02)


def test_the_same_file_again_is_offered_not_reused(world: World, person: Person) -> None:
    first = person.transcribed(FOUR_SECONDS)
    second = person.upload(recording(FOUR_SECONDS)).json()
    assert second["duplicates"] == [first["id"]]
    assert second["id"] != first["id"]
    other = world.person().upload(recording(FOUR_SECONDS)).json()
    assert other["duplicates"] == []
    world.work()


def test_a_repeated_request_takes_effect_once(world: World, person: Person) -> None:
    first = person.upload(recording(FOUR_SECONDS), key="one", title="A")
    files = world.files()
    assert person.upload(recording(FOUR_SECONDS), key="one", title="A").json() == first.json()
    assert world.rows(person.account) == {"transcriptions": 1, "jobs": 1, "holds": 1}
    for other in (
        person.upload(recording(FOUR_SECONDS), key="one", title="B"),
        person.upload(recording(TEN_SECONDS), key="one", title="A"),
        person.call(
            "POST",
            "/transcriptions/from-url",
            json={"url": "https://example.com/a.mp3"},
            headers={"Idempotency-Key": "one"},
        ),
    ):
        problem(other, 422, "idempotency_key_reused")
    for bad in ("", "two words", "x" * 201):
        problem(person.upload(recording(FOUR_SECONDS), key=bad), 422, "invalid")
    assert world.rows(person.account) == {"transcriptions": 1, "jobs": 1, "holds": 1}
    assert world.files() == files
    other_persons = world.person()
    assert (
        other_persons.upload(recording(FOUR_SECONDS), key="one").json()["id"] != first.json()["id"]
    )
    world.work()


@pytest.mark.parametrize("room_uc", [10_000_000, 75_000], ids=["rich", "for-one"])
def test_parallel_twins_get_one_answer(world: World, person: Person, room_uc: int) -> None:
    """Also when there are credits for one only: the second must not hear 402."""
    leave(world, person, room_uc)
    content = recording(FOUR_SECONDS).read_bytes()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: person.upload(content, key="twin"), range(6)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert world.rows(person.account) == {"transcriptions": 1, "jobs": 1, "holds": 1}
    stored = {name.split("/")[2] for name in world.files() if name.startswith("media/recordings")}
    assert answers[0].json()["id"] in stored
    world.work()
