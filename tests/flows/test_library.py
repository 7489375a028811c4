"""Organising the library: tags, archive, bin, and bulk actions."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from mp4totext.kit.clock import now
from mp4totext.operations import OPERATIONS
from mp4totext.transcriptions import deletion
from mp4totext.transcriptions.library import service
from mp4totext.transcriptions.models import Transcription
from tests.support.account_steps import problem
from tests.support.in_process_service import TEN_SECONDS, ApiUser, recording

NOBODYS = "trn_00000000000000000000000000"


def uploaded(user: ApiUser, name: str = "talk.wav") -> str:
    answer = user.upload(recording("success.wav"), name=name)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def listed(user: ApiUser, **query: Any) -> list[str]:
    return [row["id"] for row in user.get("/transcriptions", **query)["items"]]


def tag(user: ApiUser, name: str, **more: Any) -> str:
    return str(user.send("POST", "/tags", {"name": name, **more}, status=201)["id"])


def bulk(user: ApiUser, action: str, *ids: str, **more: Any) -> list[dict[str, Any]]:
    body = {"action": action, "ids": list(ids), **more}
    results: list[dict[str, Any]] = user.send("POST", "/library/bulk", body)["results"]
    return results


def recording_events(user: ApiUser) -> list[tuple[str, str]]:
    return [(event.type, event.body["transcription_id"]) for event in user.events("recording_")]


class TestTags:
    def test_a_recording_has_those_that_it_was_given(self, user: ApiUser) -> None:
        interviews, archive = tag(user, "Interviews", colour=3), tag(user, "Archive")
        tagged, plain = uploaded(user), uploaded(user)
        path = f"/transcriptions/{tagged}/tags"
        shown = user.send("PUT", path, {"tag_ids": [interviews, archive]})
        assert [each["name"] for each in shown] == ["Archive", "Interviews"]
        assert user.recording(tagged)["tags"] == shown
        assert listed(user, tag=interviews) == [tagged]
        assert set(listed(user)) == {tagged, plain}
        assert user.send("PUT", path, {"tag_ids": []}) == []
        assert listed(user, tag=interviews) == []

    def test_they_are_counted_renamed_and_deleted(self, user: ApiUser) -> None:
        tag_id = tag(user, "Intervews")
        here, binned = uploaded(user), uploaded(user)
        assert all(row["ok"] for row in bulk(user, "tag", here, binned, tag_id=tag_id))
        bulk(user, "bin", binned)
        changed = user.send("PATCH", f"/tags/{tag_id}", {"name": "Interviews", "colour": 8})
        assert changed == {"id": tag_id, "name": "Interviews", "colour": 8}
        assert user.get("/tags")["items"] == [{**changed, "recordings": 1}]
        user.send("DELETE", f"/tags/{tag_id}", None, status=204)
        assert user.get("/tags")["items"] == []
        assert user.recording(here)["tags"] == []

    def test_names_that_differ_in_case_are_the_same(self, user: ApiUser) -> None:
        tag(user, "Straße")
        other = tag(user, "Other")
        problem(user.call("POST", "/tags", json={"name": "STRASSE"}), 409, "tag_exists")
        path = f"/tags/{other}"
        problem(user.call("PATCH", path, json={"name": "strasse"}), 409, "tag_exists")
        assert user.send("PATCH", path, {"name": "OTHER"})["name"] == "OTHER"

    def test_another_persons_are_not_found(self, user: ApiUser, other_user: ApiUser) -> None:
        tag_id, mine = tag(other_user, "Theirs"), uploaded(user)
        problem(user.call("DELETE", f"/tags/{tag_id}"), 404, "tag_not_found")
        body: dict[str, Any] = {"tag_ids": [tag_id]}
        problem(user.call("PUT", f"/transcriptions/{mine}/tags", json=body), 404, "tag_not_found")
        body = {"action": "tag", "ids": [mine], "tag_id": tag_id}
        problem(user.call("POST", "/library/bulk", json=body), 404, "tag_not_found")
        tag(user, "Theirs")  # each has names of their own

    def test_there_is_a_limit(self, user: ApiUser, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service, "MAX_TAGS", 1)
        tag(user, "First")
        problem(user.call("POST", "/tags", json={"name": "Second"}), 409, "too_many_tags")


class TestArchiveAndBin:
    def test_what_is_archived_is_listed_there_only(self, user: ApiUser) -> None:
        first, second = uploaded(user), uploaded(user)
        changed = user.send("PATCH", f"/transcriptions/{first}", {"archived": True})
        assert changed["archived"] is True
        assert listed(user) == [second]
        assert listed(user, place="archive") == [first]
        user.send("PATCH", f"/transcriptions/{first}", {"archived": False})
        assert listed(user) == [second, first]

    def test_what_is_in_the_bin_comes_back_until_it_is_emptied(self, user: ApiUser) -> None:
        kept, lost = uploaded(user), uploaded(user)
        assert user.send("PATCH", f"/transcriptions/{kept}", {"binned": True})["binned_at"]
        bulk(user, "bin", lost)
        assert listed(user) == []
        assert set(listed(user, place="bin")) == {kept, lost}
        assert user.send("PATCH", f"/transcriptions/{kept}", {"binned": False})["binned_at"] is None
        runtime = user.harness.runtime
        deletion.remove_expired(runtime, OPERATIONS)
        assert listed(user, place="bin") == [lost]
        with runtime.database.write() as session:
            session.execute(
                update(Transcription)
                .where(Transcription.id == lost)
                .values(binned_at=now() - timedelta(days=31))
            )
        deletion.remove_expired(runtime, OPERATIONS)
        assert listed(user, place="bin") == []
        assert listed(user) == [kept]
        assert not [name for name in user.harness.files() if lost in name]

    def test_binned_twice_it_is_deleted_as_if_once(self, user: ApiUser) -> None:
        transcription_id = uploaded(user)
        path = f"/transcriptions/{transcription_id}"
        first = user.send("PATCH", path, {"binned": True})["binned_at"]
        assert user.send("PATCH", path, {"binned": True})["binned_at"] == first

    def test_a_list_says_how_many_there_are_and_how_far(self, user: ApiUser) -> None:
        uploaded(user)
        uploaded(user)
        page = user.get("/transcriptions", limit=1)
        assert page["total"] == 2
        assert page["items"][0]["progress"]["done"] == 0
        rest = user.get("/transcriptions", limit=1, cursor=page["next_cursor"])
        assert (len(rest["items"]), rest["total"]) == (1, None)
        assert user.get("/transcriptions", search="talk")["total"] is None


class TestMany:
    def test_there_is_an_answer_for_each(self, user: ApiUser, other_user: ApiUser) -> None:
        mine, theirs = uploaded(user), uploaded(other_user)
        results = bulk(user, "archive", theirs, mine, NOBODYS, mine)
        assert [(row["id"], row["ok"], row["code"]) for row in results] == [
            (theirs, False, "transcription_not_found"),
            (mine, True, None),
            (NOBODYS, False, "transcription_not_found"),
            (mine, True, None),
        ]
        assert listed(user, place="archive") == [mine]
        assert listed(other_user) == [theirs]

    def test_each_action_can_be_taken_back(self, user: ApiUser) -> None:
        tag_id, one = tag(user, "Tag"), uploaded(user)
        for there, back in (("archive", "unarchive"), ("bin", "restore")):
            bulk(user, there, one)
            assert listed(user) == []
            bulk(user, back, one)
            assert listed(user) == [one]
        for _ in range(2):
            bulk(user, "tag", one, tag_id=tag_id)
        assert listed(user, tag=tag_id) == [one]
        for _ in range(2):
            bulk(user, "untag", one, tag_id=tag_id)
        assert listed(user, tag=tag_id) == []

    def test_deleted_ones_leave_no_trace(self, user: ApiUser) -> None:
        ids = [uploaded(user), uploaded(user)]
        assert [row["ok"] for row in bulk(user, "delete", *ids)] == [True, True]
        assert user.has_nothing or user.harness.rows(user.account)["transcriptions"] == 0
        assert not [name for name in user.harness.files() if any(each in name for each in ids)]

    @pytest.mark.parametrize(
        "more", [{"action": "tag"}, {"action": "bin", "tag_id": "tag_" + "0" * 26}]
    )
    def test_a_tag_is_named_where_one_is_needed(self, user: ApiUser, more: dict[str, str]) -> None:
        answer = user.call("POST", "/library/bulk", json={"ids": [NOBODYS], **more})
        problem(answer, 422, "invalid")

    def test_pages_hear_of_recordings(self, user: ApiUser) -> None:
        one = uploaded(user)
        user.send("PATCH", f"/transcriptions/{one}", {"title": "Other"})
        bulk(user, "bin", one)
        bulk(user, "restore", one)
        user.send("DELETE", f"/transcriptions/{one}", None, status=204)
        assert recording_events(user) == [
            ("recording_added", one),
            ("recording_changed", one),
            ("recording_deleted", one),
            ("recording_added", one),
            ("recording_deleted", one),
        ]


class TestExports:
    def archive(self, user: ApiUser, *ids: str, format: str = "srt") -> zipfile.ZipFile:  # noqa: A002
        query = {"ids": list(ids), "format": format}
        answer = user.call("GET", "/library/export", params=query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/zip"
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        assert archive.testzip() is None
        return archive

    def test_many_come_in_one_file_under_names_of_their_own(self, user: ApiUser) -> None:
        first = user.transcribed(TEN_SECONDS, title="Talk")["id"]
        second = user.transcribed(TEN_SECONDS, title="TALK")["id"]
        waiting = uploaded(user)
        archive = self.archive(user, first, second, waiting, first)
        assert archive.namelist() == ["Talk.srt", "TALK (2).srt", "not-exported.txt"]
        assert b"-->" in archive.read("Talk.srt")
        assert waiting in archive.read("not-exported.txt").decode()

    def test_nothing_is_sent_of_what_cannot_be(self, user: ApiUser, other_user: ApiUser) -> None:
        mine, theirs = uploaded(user), uploaded(other_user)
        path = "/library/export"
        query: dict[str, Any] = {"ids": [mine], "format": "srt"}
        problem(user.call("GET", path, params=query), 409, "not_ready")
        query = {"ids": [theirs], "format": "srt"}
        problem(user.call("GET", path, params=query), 404, "transcription_not_found")
        query = {"ids": [mine], "format": "cobol"}
        assert user.call("GET", path, params=query).status_code in (400, 404, 422)
