"""The positive class is the rarer one."""

import pytest

from vaesynth.model_selection._positive_class import positive_position


@pytest.mark.parametrize(
    ("y", "position"),
    [([0, 0, 1], 1), ([1, 1, 0], 0), (["no", "yes", "no"], 1), (["a", "b"], 1)],
)
def test_the_rarer_class_or_the_last(y, position):
    assert positive_position(y) == position
