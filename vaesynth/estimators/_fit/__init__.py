"""Fits of estimators: their plans, what they hold out, how they train and what they finish."""

from vaesynth.estimators._fit._fit import Fit, Split, hold_out, hold_out_by_class
from vaesynth.estimators._fit._plans import choose_class_balance, choose_plan, holds_rows_out
from vaesynth.estimators._fit._private import PrivateFit
from vaesynth.estimators._fit._settling import SETTLING_ROWS, draw_settling_rows

__all__ = [
    "SETTLING_ROWS",
    "Fit",
    "PrivateFit",
    "Split",
    "choose_class_balance",
    "choose_plan",
    "draw_settling_rows",
    "hold_out",
    "hold_out_by_class",
    "holds_rows_out",
]
