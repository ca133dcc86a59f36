"""Figures that pages quote from the published benchmark are the published ones."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PUBLISHED = (
    (DOCS.parent / "README.md").read_text(encoding="utf-8").split("<!-- utility:begin -->")[1]
)
BY_CLASSIFIER = (DOCS / "benchmarks" / "utility.md").read_text(encoding="utf-8")
NAMES = {"nearest neighbours": "knn", "multilayer perceptron": "mlp", "LightGBM": "lgbm"} | {
    "decision tree": "tree",
    "random forest": "rf",
    "SVM": "svm",
    "logistic regression": "lr",
}


def rows(text):
    """Read the rows of all Markdown tables: the first cell, and the others as they stand, without emphasis."""
    found = {}
    for line in text.splitlines():
        if line.startswith("|"):
            first, *others = (cell.strip(" *`") for cell in line.strip("|").split("|"))
            found.setdefault(first, others)
    return found


def section(page, title):
    return (DOCS / page).read_text(encoding="utf-8").split(title)[1].split("\n## ")[0]


@pytest.mark.parametrize("name", ["none", "class weights alone", "SMOTE / SMOTENC", "CVAESampler"])
def test_when_not_quotes_the_published_means(name):
    quoted = rows(section("guide/when_not.md", "## What was measured"))[name]
    _, _, *published, _ = rows(PUBLISHED)[name]
    assert quoted == published


def test_when_not_quotes_the_average_precision_of_each_classifier():
    table = rows(BY_CLASSIFIER.split("## Average precision by classifier")[1].split("\n## ")[0])
    quoted = rows(section("guide/when_not.md", "The result depends on the classifier"))
    for name, label in NAMES.items():
        column = table["sampler"].index(label)
        published = [table[sampler][column].lstrip("0") for sampler in ("none", "cvae")]
        assert quoted[name] == published


@pytest.mark.parametrize("page", ["index.md", "faq.md", "coming_from/index.md"])
def test_the_prose_quotes_published_figures(page):
    quoted = re.findall(
        r"(?<![\w.])\d+\.\d{2,3}(?![\w%])", (DOCS / page).read_text(encoding="utf-8")
    )
    other = {"0.55", "0.99", "0.05"}  # of the fidelity of adult, and a parameter
    assert {figure for figure in quoted if figure not in PUBLISHED} <= other
    assert quoted
