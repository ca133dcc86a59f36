"""The page holds everything, and nothing that users name can break it."""

import os
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from vaesynth.report import write_report

SECTIONS = [
    "Verdict",
    "Utility",
    "Calibration before and after",
    "Columns of class rare </title>, real and synthetic",
    "Correlation difference",
    "Latent map",
    "Synthetic rows and their nearest real rows",
    "Privacy",
    "Versions, seed and parameters",
]


class Page(HTMLParser):
    """Collects headings, tags and addresses of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.headings, self.images, self.addresses, self.marks = [], [], [], [], 0
        self._open = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        self.addresses += [given[name] for name in ("src", "href") if name in given]
        if tag == "img":
            self.images.append(given)
        if tag in ("h1", "h2"):
            self.headings.append([tag, ""])
            self._open = tag

    def handle_endtag(self, tag):
        if tag == self._open:
            self._open = None

    def handle_data(self, data):
        if self._open:
            self.headings[-1][1] += data


@pytest.fixture(scope="module")
def text(report):
    return report.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_the_sections_in_their_order(page):
    assert [heading for tag, heading in page.headings if tag == "h2"] == SECTIONS
    assert [tag for tag, _ in page.headings].count("h1") == 1
    assert page.headings[0][0] == "h1"


def test_names_that_are_markup_are_inert(page, text):
    assert page.headings[0][1] == "Is <script>document.title='broken'</script> rare?"
    assert "script" not in page.tags
    assert {"b", "onerror"}.isdisjoint(page.tags)
    assert text.count("&lt;script&gt;") > 5
    assert set(re.findall(r"<title>.*?</title>", text)) == {
        "<title>Is &lt;script&gt;document.title=&#39;broken&#39;&lt;/script&gt; rare?</title>"
    }


def test_nothing_comes_from_elsewhere(page, text):
    assert all(address.startswith("data:") for address in page.addresses)
    without_pictures = re.sub(r"data:[^\"]*", "", text)
    assert not re.search(r"//|@import|url\(", without_pictures)
    assert len(text.encode()) < 2_000_000


def test_every_picture_is_told_in_words(page):
    # Three metrics, the calibration of the one classifier with probabilities, eight columns, pairs, latents.
    assert len(page.images) == 3 + 1 + 8 + 1 + 1
    assert all(len(image["alt"]) > 20 for image in page.images)
    assert page.tags.count("figure") == page.tags.count("figcaption") == len(page.images)


def test_what_was_found_stands_there(text):
    for part in (
        "one cannot tell",
        "Half of the rows were left out.",
        "+0.100 [+0.050, +0.150]",
        "The sampler was fitted on 80 rows, 20 of them",
        "20 rows of that class were held out",
        "Membership attack",
        "Exact copies",
        "hidden_layer_sizes",
        "imbalanced-learn",
    ):
        assert part in text
    assert "<mark>" in text
    assert " at 0x" not in text


def test_the_first_lines_say_how_much_the_rows_give_away(text):
    verdict = text.split('<div class="verdict">')[1].split("</div>")[0]
    near, attack = re.search(
        r"([\d.]+%) of the synthetic rows are near copies .* ROC AUC of ([\d.]+)", verdict
    ).groups()
    privacy = text.split("Privacy</h2>")[1]
    assert near in privacy
    assert attack in privacy
    leaks = float(near.rstrip("%")) > 10 or float(attack) > 0.55
    assert ("Share them only where you may share the real rows" in verdict) == leaks


def test_the_same_comparison_gives_the_same_page(comparison, report, tmp_path, text):
    write_report(
        comparison,
        tmp_path / "again.html",
        title="Is <script>document.title='broken'</script> rare?",
        notes=["Half of the rows were left out."],
    )
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == text


def test_a_class_too_small_to_be_judged_is_said_to_be(make_comparison, tmp_path):
    X = np.random.default_rng(0).normal(size=(40, 2))
    y = np.where(np.arange(40) < 3, 1, 0)
    comparison = make_comparison(X, y, samplers={"none": "passthrough", "more": "class weights"})
    write_report(comparison, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "class 1 has 3 rows, and 4 are needed" in text
    assert "Privacy" not in Page(text).headings


def test_three_classes_in_an_array_and_one_column(make_comparison, tmp_path):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [50, 30, 20])
    comparison = make_comparison(rng.normal(size=(100, 1)) + y[:, None], y, classifiers=("line",))
    write_report(comparison, tmp_path / "report.html", max_rows=60)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Columns of class 2, real and synthetic" in text
    assert "40 rows of the table were left out" in text
    assert "None of these classifiers predicts probabilities." in text
    assert "There is no pair of columns to compare." in text


def test_what_is_refused_before_anything_is_fitted(comparison, tmp_path, monkeypatch):
    monkeypatch.setattr("vaesynth.CVAESampler.fit_resample", None)
    path = tmp_path / "report.html"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="by force"):
        write_report(comparison, path)
    with pytest.raises(ValueError, match="`max_rows` must be at least 8, got 7"):
        write_report(comparison, path, max_rows=7, force=True)
    with pytest.raises(ValueError, match=r"\['CVAE', 'CVAE, prior corrected'\], got 'none'"):
        write_report(comparison, path, sampler_name="none", force=True)
    for package in ("jinja2", "matplotlib"):
        with monkeypatch.context() as patched:
            patched.setitem(sys.modules, package, None)
            with pytest.raises(ImportError, match=rf"{package} .*vaesynth\[report\]"):
                write_report(comparison, path, force=True)
    assert path.read_text() == "mine"
    assert os.listdir(tmp_path) == ["report.html"]


def test_a_report_that_fails_leaves_no_file(comparison, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("no verdict")

    monkeypatch.setattr(type(comparison), "verdict", fail)
    with pytest.raises(RuntimeError, match="no verdict"):
        write_report(comparison, tmp_path / "report.html")
    assert os.listdir(tmp_path) == []


@pytest.mark.filterwarnings("ignore::vaesynth.CopyWarning")
def test_a_column_of_a_frame_that_is_named_by_a_number(make_comparison, tmp_path):
    X = pd.DataFrame({0: np.arange(30.0), "b": [None, "x", "y"] * 10})
    y = np.repeat([True, False], [10, 20])
    write_report(make_comparison(X, y, classifiers=("line",)), tmp_path / "report.html")
    assert "0 (likeness" in (tmp_path / "report.html").read_text(encoding="utf-8")
