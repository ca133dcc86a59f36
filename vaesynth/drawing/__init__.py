"""Strategies that draw new rows from a trained model and real rows."""

__all__: list[str] = []

# What other rooms need and users do not.
from vaesynth.drawing._given_cells import GivenCells as GivenCells
from vaesynth.drawing._given_cells import draw_given as draw_given
from vaesynth.drawing._judges import ForestJudge as ForestJudge
from vaesynth.drawing._judges import Judge as Judge
from vaesynth.drawing._judges import ModelJudge as ModelJudge
from vaesynth.drawing._judges import PooledJudge as PooledJudge
from vaesynth.drawing._kept_rules import keep_rules as keep_rules
from vaesynth.drawing._neighbor_hulls import NumberScale as NumberScale
from vaesynth.drawing._parents import Parents as Parents
from vaesynth.drawing._parents import RealRows as RealRows
from vaesynth.drawing._relations import has_relations as has_relations
from vaesynth.drawing._row_source import RowSource as RowSource
from vaesynth.drawing._selection import ClassSelection as ClassSelection
from vaesynth.drawing._strategies import SAMPLING_METHODS as SAMPLING_METHODS
from vaesynth.drawing._strategies import Draw as Draw
from vaesynth.drawing._strategies import Generators as Generators
from vaesynth.drawing._strategies import JitterDraw as JitterDraw
from vaesynth.drawing._strategies import NeighborDraw as NeighborDraw
from vaesynth.drawing._strategies import PosteriorDraw as PosteriorDraw
from vaesynth.drawing._strategies import PriorDraw as PriorDraw
from vaesynth.drawing._strategies import Strategy as Strategy
