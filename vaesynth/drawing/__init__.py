"""Strategies that draw new rows from a trained model and real rows."""

from vaesynth.drawing._judges import ForestJudge, Judge, ModelJudge, PooledJudge
from vaesynth.drawing._parents import Parents, RealRows
from vaesynth.drawing._row_source import RowSource
from vaesynth.drawing._selection import ClassSelection
from vaesynth.drawing._strategies import (
    SAMPLING_METHODS,
    Draw,
    Generators,
    JitterDraw,
    NeighborDraw,
    PosteriorDraw,
    PriorDraw,
    Strategy,
)

__all__ = [
    "SAMPLING_METHODS",
    "ClassSelection",
    "Draw",
    "ForestJudge",
    "Generators",
    "JitterDraw",
    "Judge",
    "ModelJudge",
    "NeighborDraw",
    "Parents",
    "PooledJudge",
    "PosteriorDraw",
    "PriorDraw",
    "RealRows",
    "RowSource",
    "Strategy",
]
