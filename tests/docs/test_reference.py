"""The reference has every public name, and the site checks find what is broken."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("sphinx")
DOCS = Path(__file__).parents[2] / "docs"
sys.path.insert(0, str(DOCS))
sys.path.insert(0, str(DOCS / "_extensions"))

import check_site
import public_names
from outside_links import retarget


def test_every_room_with_public_names_has_a_page_and_a_place_in_the_index():
    first, others = public_names.rooms()
    assert {*first, *others} == {*public_names.public_names()}
    index = public_names.index_page()
    assert all(f"\n   {room}\n" in index for room in [*first, *others])


@pytest.mark.parametrize("room", [room for part in public_names.rooms() for room in part])
def test_a_page_lists_what_its_room_publishes(room):
    page = public_names.room_page(room)
    for name in public_names.documented(room):
        assert f"   ~{public_names.path_of(room, name)}\n" in page


@pytest.mark.parametrize(
    ("link", "turned"),
    [
        ("[a](../README.md#b)", "[a](/index.md#b)"),
        ("[a](../benchmarks/README.md#speed)", "[a](/benchmarks/commands.md#speed)"),
        ("[a](gallery/plot_x.py)", "[a](/examples/plot_x.rst)"),
        ("[a](guide/b.md)", "[a](/guide/b.md)"),
        ("[a](../LICENSE)", "a"),
        ("[a](https://example.org)", "[a](https://example.org)"),
        ("![a](b.png)", "![a](b.png)"),
    ],
)
def test_links_out_of_the_documentation_are_turned(link, turned):
    assert retarget(link, DOCS, DOCS) == turned


def test_broken_links_and_foreign_scripts_are_found(tmp_path):
    (tmp_path / "other.html").write_text('<h1 id="there"></h1>')
    page = tmp_path / "page.html"
    page.write_text(
        '<a href="other.html#there"></a><a href="other.html#gone"></a><a href="gone.html"></a>'
        '<script src="https://example.org/x.js"></script><a href="https://example.org"></a>'
    )
    faults = list(check_site.faults(page))
    assert len(faults) == 3
    assert check_site.main(str(tmp_path)) == 1
