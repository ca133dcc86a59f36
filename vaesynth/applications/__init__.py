"""What fitted variational autoencoders are for besides new rows."""

from vaesynth.applications._counterfactuals import Counterfactuals
from vaesynth.applications._latent_designer import LatentDesigner
from vaesynth.applications._optimization import DesignResult

__all__ = ["Counterfactuals", "DesignResult", "LatentDesigner"]
