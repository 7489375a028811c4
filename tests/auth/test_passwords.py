"""Password hashes of the first backend, the limit of 72 bytes, and rejected passwords."""

import bcrypt
import pytest

from mp4totext.auth.errors import WeakPassword
from mp4totext.auth.passwords import hash_password, refuse_weak, verify_password

# From the published bcrypt test vectors.
KNOWN_ANSWERS = [
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
    ("U*U*", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"),
    ("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"),
    ("", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"),
    (
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "chars after 72 are ignored",
        "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
    ),
]


@pytest.mark.parametrize(("password", "password_hash"), KNOWN_ANSWERS)
def test_known_hashes_verify(password: str, password_hash: str) -> None:
    assert verify_password(password, password_hash, rounds=4)
    assert not verify_password(password[1:] + "x", password_hash, rounds=4)


def first_backend_hash(password: str) -> str:
    """How the first backend stored a password."""
    cut = password.encode("utf-8")[:72].decode("utf-8", errors="ignore")
    return bcrypt.hashpw(cut.encode("utf-8"), bcrypt.gensalt(4)).decode("utf-8")


@pytest.mark.parametrize(
    "password",
    [
        "plain password",
        "x" * 72,
        "x" * 73,
        "x" * 500,
        "x" * 71 + "é",  # cut inside a character, which is then dropped
        "x" * 70 + "🎙️",
        "şğüöçıİ" * 20,
        "会議の録音" * 10,
    ],
)
def test_hashes_of_the_first_backend_keep_working(password: str) -> None:
    assert verify_password(password, first_backend_hash(password), rounds=4)
    mine = hash_password(password, rounds=4)
    cut = password.encode()[:72].decode(errors="ignore").encode()
    assert bcrypt.checkpw(cut, mine.encode())


def test_a_character_cut_in_two_does_not_count() -> None:
    assert verify_password("x" * 71 + "é", hash_password("x" * 71, rounds=4), rounds=4)
    assert not verify_password("x" * 70, hash_password("x" * 71, rounds=4), rounds=4)


@pytest.mark.parametrize("password", ["", "password", "a\0b", "\ud800", "x" * 100])
def test_nothing_opens_an_account_without_password(password: str) -> None:
    assert not verify_password(password, None, rounds=4)


def test_unusable_characters_are_only_wrong() -> None:
    password_hash = hash_password("something", rounds=4)
    assert not verify_password("some\0thing", password_hash, rounds=4)
    assert not verify_password("some\ud800thing", password_hash, rounds=4)


def test_cost_is_the_one_asked_for() -> None:
    assert hash_password("something", rounds=5).startswith("$2b$05$")


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("1234567", "at least 8"),
        ("x" * 73, "73 bytes"),
        ("é" * 37, "74 bytes"),
        ("PassWord1", "most common"),
        ("Ana@example.com", "most common"),
        ("with a \0 in it", "cannot be stored"),
        ("half \ud800 character", "cannot be stored"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, says: str) -> None:
    with pytest.raises(WeakPassword, match=says):
        refuse_weak(password, email="ana@example.com")


@pytest.mark.parametrize("password", ["x1!aqpzm", "x" * 72, "é" * 36, "🎙️ and words"])
def test_good_passwords_pass(password: str) -> None:
    refuse_weak(password, email="ana@example.com")
