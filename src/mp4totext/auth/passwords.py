"""Password hashes by bcrypt. Hashes of the first backend stay valid."""

import bcrypt

from mp4totext.auth.errors import WeakPassword

MIN_CHARS = 8
MAX_BYTES = 72  # bcrypt ignores further bytes

# Common passwords of at least MIN_CHARS; shorter ones are refused anyway.
_COMMON = frozenset(
    (
        "12345678",
        "123456789",
        "1234567890",
        "11111111",
        "00000000",
        "87654321",
        "12341234",
        "1q2w3e4r",
        "1qaz2wsx",
        "password",
        "password1",
        "password123",
        "passw0rd",
        "p@ssw0rd",
        "qwertyui",
        "qwerty123",
        "qwertyuiop",
        "abcd1234",
        "abc12345",
        "iloveyou",
        "sunshine",
        "princess",
        "football",
        "baseball",
        "superman",
        "trustno1",
        "welcome1",
        "admin123",
        "administrator",
        "changeme",
        "letmein1",
        "starwars",
        "computer",
    )
)


def refuse_weak(password: str, *, email: str) -> None:
    """Raises WeakPassword with the reason."""
    if len(password) < MIN_CHARS:
        raise WeakPassword(f"The password is too short: use at least {MIN_CHARS} characters.")
    if not _is_text(password):
        raise WeakPassword("The password has characters that cannot be stored: leave them out.")
    size = len(password.encode())
    if size > MAX_BYTES:
        raise WeakPassword(
            f"The password has {size} bytes, but at most {MAX_BYTES} are used: use a "
            "shorter one (letters with accents take 2 bytes, emoji 4)."
        )
    if password.lower() in _COMMON or password.lower() == email:
        raise WeakPassword("The password is one of the most common ones: choose another.")


def hash_password(password: str, *, rounds: int) -> str:
    """Takes about 0.3 s at 12 rounds: call it before the transaction begins."""
    return bcrypt.hashpw(_cut(password), bcrypt.gensalt(rounds)).decode("ascii")


def verify_password(password: str, password_hash: str | None, *, rounds: int) -> bool:
    """Takes equally long without an account or a password, so that the time reveals nothing."""
    if not _is_text(password):  # bcrypt would raise; such a password was never accepted
        return False
    if password_hash is None:
        bcrypt.hashpw(_cut(password), bcrypt.gensalt(rounds))
        return False
    return bcrypt.checkpw(_cut(password), password_hash.encode("ascii"))


def _is_text(password: str) -> bool:
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in password)


def _cut(password: str) -> bytes:
    # Cut by bytes, dropping a partial character at the end, like the first backend.
    return password.encode()[:MAX_BYTES].decode("utf-8", errors="ignore").encode()
