"""Install a wheel into an empty environment and run the first lines of the README from it, on any platform.

Usage: ``python .ci/try_wheel.py FOLDER``, where FOLDER holds one wheel. The lines run far from the checkout, and every
warning is an error.
"""

import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHECK = """
import vaesynth
from pathlib import Path
assert Path(vaesynth.__file__).is_relative_to(Path(__file__).parent), vaesynth.__file__
print(f"{len(X_res) - len(X)} new rows from {vaesynth.__file__}")
"""


def first_lines() -> str:
    """Return the first Python block of the README, with a check of where the package came from."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    return blocks[0] + CHECK


def main(dist: str) -> None:
    """Try the wheel in one folder."""
    (wheel,) = Path(dist).resolve().glob("*.whl")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        venv.create(folder / "env")
        python = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        # pip works from outside, so that no ensurepip is needed (Debian has none). torch goes first: resolved together
        # with the rest, pip may look at larger builds.
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
        for what in ("torch", str(wheel)):
            subprocess.run([*pip, "--constraint", str(ROOT / "constraints.txt"), what], check=True)
        (folder / "lines.py").write_text(first_lines(), encoding="utf-8")
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        command = [str(python), "-W", "error", "-I", "lines.py"]
        subprocess.run(command, check=True, cwd=folder, env=environment)


if __name__ == "__main__":
    main(sys.argv[1])
