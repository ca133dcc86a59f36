"""Whether the search in latent space finds beams that bend as they shall."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from benchmarks.design import beams
from vaesynth import VAE
from vaesynth.applications import LatentDesigner

N_STARTS, BETA = 100, 0.1
TASKS = {"all columns free": (), "length and load given": beams.GIVEN}


def optimize_beams(seed: int, task: str) -> dict:
    """Search from 100 beams that no model has seen."""
    fixed = TASKS[task]
    table = beams.make_beams(2000, 1000 + seed)
    model = VAE(beta=BETA, random_state=seed, n_jobs=1).fit(table)
    designer = LatentDesigner(model, random_state=seed).fit(table)
    drawn = beams.make_beams(2 * N_STARTS, 2000 + seed)
    solvable = beams.is_solvable(drawn)
    starts = drawn[solvable].iloc[:N_STARTS].reset_index(drop=True)
    begun = time.perf_counter()
    result = designer.optimize(
        beams.error,
        starts,
        bounds={"material": list(beams.ALLOWED), "height_mm": (None, beams.HIGHEST_MM)},
        constraints=lambda table: beams.HEAVIEST_KG - beams.mass_kg(table),
        fixed=fixed,
        target=beams.TOLERANCE,
        random_state=seed,
    )
    seconds = time.perf_counter() - begun
    unchanged = (result.rows[list(fixed)] == starts[list(fixed)]).all(axis=1).to_numpy()
    return {
        "seed": seed,
        "task": task,
        "n_starts": len(starts),
        "solvable_share": float(solvable.mean()),
        "at_start": float(beams.keeps(starts).mean()),
        "reached": float((beams.keeps(result.rows) & unchanged).mean()),
        "median_evaluations": float(np.median(result.n_evaluations)),
        "mean_evaluations": float(result.n_evaluations.mean()),
        "prior_as_many": draw_until(model, starts, fixed, result.n_evaluations, seed),
        "seconds": seconds,
    }


def draw_until(
    model: VAE, starts: pd.DataFrame, fixed: tuple, n_draws: np.ndarray, seed: int
) -> float:
    """Share of starts that as many draws from the prior reach, the given cells put in."""
    reached = 0
    for i, n in enumerate(n_draws):
        drawn = model.sample(int(n), random_state=seed * 1000 + i)
        reached += beams.keeps(drawn.assign(**starts.loc[i, list(fixed)].to_dict())).any()
    return float(reached / len(starts))
