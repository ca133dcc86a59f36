"""What variational autoencoders are used for: detection of anomalies."""

from vaesynth.applications._vae_outlier_detector import VAEOutlierDetector

__all__ = ["VAEOutlierDetector"]
