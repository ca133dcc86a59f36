"""The program starts, and says in one line when it cannot."""

import subprocess
import sys

import pytest

from vaesynth.__main__ import main


@pytest.mark.parametrize("package", ["typer", "rich", "pyarrow"])
def test_a_missing_extra_is_named(monkeypatch, capsys, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SystemExit) as left:
        main()
    errors = capsys.readouterr().err
    assert left.value.code == 2
    assert (
        errors
        == f'vaesynth: {package} is needed here and not installed: pip install "vaesynth[cli]"\n'
    )


def test_the_program_runs_and_help_loads_nothing_heavy():
    code = (
        "import sys, runpy; sys.argv = ['vaesynth', '--help']\n"
        "try: runpy.run_module('vaesynth', run_name='__main__')\n"
        "finally: print('torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for part in ("resample", "sample", "report", "info"):
        assert part in ran.stdout
    assert ran.stdout.splitlines()[-1] == "False"
