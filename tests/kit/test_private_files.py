import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_new_files_and_folders_are_the_users_alone(tmp_path: Path) -> None:
    code = (
        "import pathlib; from mp4totext.kit.private_files import keep_new_files_private\n"
        "keep_new_files_private(); pathlib.Path('folder').mkdir(); pathlib.Path('file').touch()"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"folder": 0o700, "file": 0o600}
