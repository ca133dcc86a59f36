"""What variational autoencoders are for besides new rows: detect, denoise, fill in, compress, design."""

from vaesynth.applications._compression import StreamError, VQVAECompressor
from vaesynth.applications._design import Counterfactuals, DesignResult, LatentDesigner
from vaesynth.applications._filling import VAEDenoiser, VAEImputer
from vaesynth.applications._outliers import VAEOutlierDetector

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
