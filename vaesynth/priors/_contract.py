"""stub"""

from typing import Any

LatentPrior = Any
