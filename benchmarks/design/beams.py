"""A table with a known rule: beams that stick out of a wall, and how far a load at the end bends them."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

DENSITY = {"steel": 7850.0, "aluminium": 2700.0, "oak": 700.0}  # kg/m³
STIFFNESS = {"steel": 210e9, "aluminium": 70e9, "oak": 11e9}  # N/m²

WANTED_MM, TOLERANCE = 3.0, 0.01
HEAVIEST_KG, HIGHEST_MM = 25.0, 150.0
ALLOWED = ("steel", "aluminium")
GIVEN = ("length_mm", "load_N")


def make_beams(n_rows: int, seed: int) -> pd.DataFrame:
    """Draw beams as they are built: higher where they are longer, of oak more so."""
    rng = np.random.default_rng(seed)
    material = rng.choice(list(DENSITY), n_rows, p=[0.4, 0.35, 0.25])
    length = np.exp(rng.normal(np.log(1200), 0.3, n_rows)).clip(500, 3000)
    height = length / rng.uniform(12, 30, n_rows) * np.where(material == "oak", 1.8, 1.0)
    load = np.exp(rng.normal(np.log(400), 0.5, n_rows)).clip(50, None)
    return pd.DataFrame(
        {
            "material": pd.Categorical(material, categories=list(DENSITY)),
            "length_mm": length.round().astype("int64"),
            "height_mm": height.round(1),
            "width_mm": (height * rng.uniform(0.3, 0.9, n_rows)).round(1),
            "load_N": (50 * (load / 50).round()).astype("int64"),
            "painted": (material == "steel") ^ (rng.random(n_rows) < 0.1),
        }
    )


def deflection_mm(beams: pd.DataFrame) -> pd.Series:
    """Give how far the end sinks: F L³ / (3 E I), with I = b h³ / 12."""
    stiffness = beams["material"].map(STIFFNESS).astype(float)
    metres = beams[["length_mm", "height_mm", "width_mm"]] / 1000
    inertia = metres["width_mm"] * metres["height_mm"] ** 3 / 12
    return 1000 * beams["load_N"] * metres["length_mm"] ** 3 / (3 * stiffness * inertia)


def mass_kg(beams: pd.DataFrame) -> pd.Series:
    """Give the mass of the beam alone."""
    density = beams["material"].map(DENSITY).astype(float)
    volume = beams["length_mm"] * beams["width_mm"] * beams["height_mm"] / 1e9
    return density * volume


def error(beams: pd.DataFrame) -> pd.Series:
    """Give how far the deflection is from the wanted one, as a logarithm."""
    return np.log(deflection_mm(beams) / WANTED_MM).abs()


def keeps(beams: pd.DataFrame) -> np.ndarray:
    """Tell which beams keep to all limits and have the wanted deflection."""
    is_allowed = beams["material"].isin(ALLOWED) & (beams["height_mm"] <= HIGHEST_MM)
    is_wanted = error(beams) <= TOLERANCE
    return (is_allowed & is_wanted & (mass_kg(beams) <= HEAVIEST_KG)).to_numpy()


def is_solvable(beams: pd.DataFrame) -> np.ndarray:
    """Tell for which lengths and loads a grid of sections as they are built has a solution."""
    heights = np.exp(np.linspace(np.log(15), np.log(HIGHEST_MM), 200))
    shares = np.linspace(0.3, 0.9, 40)
    grid = pd.DataFrame(
        itertools.product(ALLOWED, heights, shares), columns=["material", "height_mm", "share"]
    )
    grid["width_mm"] = grid["share"] * grid["height_mm"]
    given = beams[list(GIVEN)].to_numpy()
    return np.array([keeps(grid.assign(length_mm=L, load_N=F)).any() for L, F in given])
