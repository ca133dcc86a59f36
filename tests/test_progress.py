"""Progress bars show what is done where that is asked for, and nothing else."""

import sys

import pytest
from sklearn.linear_model import LogisticRegression

from vaesynth import VAE, compare_resamplers

ROWS = [[float(i % 7), float(i % 5)] for i in range(40)]


@pytest.mark.filterwarnings("ignore::vaesynth.PosteriorCollapseWarning")
def test_a_fit_counts_its_epochs_on_standard_error_if_asked(capsys):
    for verbose, shown in ((False, False), (True, True)):
        VAE(hidden_layer_sizes=(4,), max_iter=2, random_state=0, verbose=verbose).fit(ROWS)
        printed = capsys.readouterr()
        assert printed.out == ""
        assert ("2/2" in printed.err) == shown


def test_a_notebook_without_widgets_gets_text_and_no_warning(capsys, monkeypatch):
    for name in [name for name in sys.modules if name.startswith(("tqdm.auto", "tqdm.notebook"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr("tqdm.std.tqdm.monitor_interval", 0)
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    monkeypatch.setitem(sys.modules, "IPython", None)
    y = [i % 4 == 0 for i in range(40)]
    compare_resamplers(
        LogisticRegression(), ROWS, y, samplers=["random"], cv=2, random_state=0, verbose=True
    )
    assert "task" in capsys.readouterr().err
