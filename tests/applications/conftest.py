"""What all tests of applications share: counting how often a table is read."""

from collections import Counter
from functools import wraps

import pytest

from vaesynth.tabular import TableEncoder

READERS = ("fit", "transform", "transform_known", "fit_transform")


@pytest.fixture
def count_reads(monkeypatch):
    """Return a function that starts counting; a reader that calls another one counts as one read."""

    def start():
        reads, depth = Counter(), [0]

        def counted(name, method):
            @wraps(method)
            def call(*args, **options):
                reads[name] += not depth[0]
                depth[0] += 1
                try:
                    return method(*args, **options)
                finally:
                    depth[0] -= 1

            return call

        for name in READERS:
            monkeypatch.setattr(TableEncoder, name, counted(name, getattr(TableEncoder, name)))
        return reads

    return start
