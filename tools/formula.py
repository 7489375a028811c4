"""Generates the Homebrew formula of a release: ``python -m tools.formula --repository ADDRESS``."""

import argparse
import hashlib
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "packaging" / "homebrew" / "mp4totext.rb.in"


def fill(archive: Path, *, repository: str, tag: str) -> str:
    """The formula that installs ``archive``, a source distribution among the files of a release."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    values = {
        "DESCRIPTION": str(project["description"]).rstrip("."),
        "HOMEPAGE": repository,
        "URL": f"{repository}/releases/download/{tag}/{archive.name}",
        "SHA256": hashlib.sha256(archive.read_bytes()).hexdigest(),
    }
    template = TEMPLATE.read_text(encoding="utf-8")
    return re.sub(r"@([A-Z0-9]+)@", lambda match: values[match[1]], template)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repository", required=True, help="its address, as in a browser")
    parser.add_argument("--tag", required=True, help="of the release, as v1.2.3")
    arguments = parser.parse_args()
    (archive,) = (ROOT / "dist").glob("*.tar.gz")
    formula = ROOT / "dist" / "mp4totext.rb"
    formula.write_text(
        fill(archive, repository=arguments.repository, tag=arguments.tag), encoding="utf-8"
    )
    print(formula.relative_to(ROOT))


if __name__ == "__main__":
    main()
