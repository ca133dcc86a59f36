"""Draws of a model under conditions: given cells, and rules that rows keep."""

from vaesynth.estimators._draws._completion import Completion as Completion
from vaesynth.estimators._draws._kept_rows import check_real_rows as check_real_rows
from vaesynth.estimators._draws._kept_rows import decode_kept as decode_kept
from vaesynth.estimators._draws._kept_rows import prior_source as prior_source
from vaesynth.estimators._draws._kept_rows import rules_of as rules_of
