#!/usr/bin/env bash
# Runs the tests of engines that need PyTorch, in an environment of its own: 4 GB on disk.
set -euo pipefail
cd "$(dirname "$0")/.."

ENV=.venv-extras
PIP=("$ENV/bin/python" -m pip install --quiet --no-warn-script-location --disable-pip-version-check --root-user-action ignore)

if [[ ! -e $ENV/.installed || requirements/dev.txt -nt $ENV/.installed || $0 -nt $ENV/.installed ]]; then
  echo "Installing PyTorch, openai-whisper and pyannote.audio (some minutes, 4 GB on disk) ..."
  .venv/bin/python -m venv --clear $ENV
  "${PIP[@]}" --no-deps --require-hashes --only-binary :all: -r requirements/dev.txt
  "${PIP[@]}" --no-deps --no-build-isolation --editable .
  "${PIP[@]}" torch==2.13.0
  # Without its dependency Triton, a compiler for GPUs (1 GB).
  "${PIP[@]}" --no-deps openai-whisper==20250625 tiktoken==0.14.0 numba==0.68.1 llvmlite more-itertools regex
  "${PIP[@]}" pyannote.audio==4.0.7
  # torchaudio may be built for another torch. Its Python code works without the compiled library.
  $ENV/bin/python -c "import torchaudio" 2>/dev/null ||
    find $ENV/lib -name '_torchaudio*.so' -path '*torchaudio/lib*' -delete
  $ENV/bin/python -W ignore -c "import whisper, pyannote.audio" # otherwise their tests would be skipped
  touch $ENV/.installed
fi
exec $ENV/bin/python -m pytest tests/extras "$@"
