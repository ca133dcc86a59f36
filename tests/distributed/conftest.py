"""A Ray of two CPUs on this machine, for all tests that need one."""

import logging
import os
import signal
import sys
import threading
import time
from importlib.util import find_spec

import numpy as np
import pandas as pd
import psutil
import pytest

# Ray reads these when it is imported or starts a process. Nothing is reported to anybody, lost workers are noticed at
# once, and watchers that a single machine has no use for stay off.
SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "disabled",
    "RAY_TRAIN_V2_ENABLED": "1",
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.2",
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",
    "RAY_TRAIN_ENABLE_STATE_ACTOR_RECONCILIATION": "0",
    "RAY_TRAIN_METRICS_ENABLED": "0",
    "RAY_worker_niceness": "0",
    "OMP_NUM_THREADS": "1",
}


@pytest.fixture(scope="session")
def cluster():
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed: it comes with the extra `ray`")
    if sys.platform == "win32":
        pytest.skip("Ray calls its support of Windows experimental")
    before = {name: os.environ.get(name) for name in SETTINGS}
    os.environ.update(SETTINGS)
    import ray

    ray.init(
        num_cpus=2,
        object_store_memory=200 * 2**20,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
    )
    from ray.data import DataContext

    DataContext.get_current().enable_progress_bars = False
    yield ray
    ray.shutdown()
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def table():
    """A table of every kind of column, with a rare class that differs in each."""
    rng = np.random.default_rng(0)
    n_rows = 2_400
    fraud = rng.random(n_rows) < 0.1
    frame = pd.DataFrame(
        {
            "amount": rng.normal(size=n_rows) + 2 * fraud,
            "items": rng.poisson(3 + 2 * fraud),
            "shop": np.where(rng.random(n_rows) < 0.7, np.where(fraud, "web", "town"), "phone"),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90, n_rows), "D"),
            "fraud": np.where(fraud, "yes", "no"),
        }
    )
    frame.loc[frame.index[::9], "amount"] = np.nan
    return frame


@pytest.fixture(scope="session")
def parquet(table, tmp_path_factory):
    """The first 2,000 rows as a folder of files of different lengths."""
    folder = tmp_path_factory.mktemp("table")
    for number, (start, stop) in enumerate([(0, 900), (900, 1000), (1000, 2000)]):
        table[start:stop].to_parquet(folder / f"{number}.parquet", index=False)
    return folder


class Killer:
    """Kills one worker process of Ray, of those that this process has started, once a condition holds."""

    def __init__(self, title, condition):
        self.title, self.condition = title, condition
        self.killed = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._over.set()
        self._thread.join()

    def _watch(self):
        while not self._over.is_set():
            if self.condition():
                found = self._find()
                if found:
                    self.killed = found[-1]
                    os.kill(self.killed, signal.SIGKILL)
                    return
            time.sleep(0.01)

    def _find(self):
        found = []
        for process in psutil.Process().children(recursive=True):
            try:
                name = process.cmdline()[0]
            except (psutil.Error, IndexError):
                continue
            if name.startswith(f"ray::{self.title}"):
                found.append(process.pid)
        return found


@pytest.fixture
def killer():
    return Killer
