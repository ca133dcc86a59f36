"""What fitted variational autoencoders are for besides new rows: detect, denoise, compress, design."""

from vaesynth.applications._compressor import VQVAECompressor
from vaesynth.applications._counterfactuals import Counterfactuals
from vaesynth.applications._latent_designer import LatentDesigner
from vaesynth.applications._optimization import DesignResult
from vaesynth.applications._stream import StreamError
from vaesynth.applications._vae_denoiser import VAEDenoiser
from vaesynth.applications._vae_imputer import VAEImputer
from vaesynth.applications._vae_outlier_detector import VAEOutlierDetector

__all__ = [
    "Counterfactuals",
    "DesignResult",
    "LatentDesigner",
    "StreamError",
    "VAEDenoiser",
    "VAEImputer",
    "VAEOutlierDetector",
    "VQVAECompressor",
]
