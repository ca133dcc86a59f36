#!/usr/bin/env bash
# Everything about a graphics card, in one go:
#   bash benchmarks/gpu.sh            on a machine with CUDA; about ten minutes
#   bash benchmarks/gpu.sh --smoke    a few steps of everything, with or without a card; a minute or two
# It runs the tests of every estimator on the device, compares losses and drawn rows with the processor's, times training
# on processor and card, in bfloat16 too, and writes benchmarks/results/gpu.json. Takes the first Python of $PYTHON,
# .venv and python3 that has what it needs, and otherwise makes .venv-gpu, for which it downloads gigabytes.
# More options are those of python -m benchmarks.gpu, which is told them.
set -euo pipefail
cd "$(dirname "$0")/.."
export PYTHONPATH=$PWD
needs='import imblearn, pandas, pytest, safetensors, sklearn, threadpoolctl, torch, tqdm, vaesynth; vaesynth.__version__'

python=
for candidate in "${PYTHON:-}" .venv/bin/python python3; do
    if test -n "$candidate" && "$candidate" -c "$needs" 2>/dev/null; then
        python=$candidate
        break
    fi
done
if test -z "$python"; then
    make --silent VENV=.venv-gpu .venv-gpu/.dev
    python=.venv-gpu/bin/python
fi
"$python" -c 'import sys, torch; print(sys.executable, "torch", torch.__version__, "CUDA" if torch.cuda.is_available() else "without CUDA")'

failed=0
"$python" -m pytest -q tests/test_pretend_device.py tests/estimators/test_devices.py || failed=1
"$python" -m benchmarks.gpu "$@" || failed=1
exit "$failed"
