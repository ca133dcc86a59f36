"""Denoisers of images: classical ones, each with the parameter that suits a noise level best."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from skimage.restoration import denoise_nl_means, denoise_tv_chambolle, denoise_wavelet
from sklearn.decomposition import PCA

Denoise = Callable[[np.ndarray], np.ndarray]


def grids(pca: PCA, sigma: float) -> dict[str, dict[str, Denoise]]:
    """Give every denoiser with every parameter, by names."""
    each = {
        "TV": {
            f"weight={weight:g}": _one_by_one(denoise_tv_chambolle, weight=weight)
            for weight in (0.03, 0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7)
        },
        "non-local means": {
            f"patch_size={size}, patch_distance={distance}, h={share:g} sigma": _one_by_one(
                denoise_nl_means,
                patch_size=size,
                patch_distance=distance,
                h=share * sigma,
                sigma=sigma,
                fast_mode=True,
            )
            for size in (3, 5, 7)
            for distance in (6, 11)
            for share in (0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
        },
        "wavelet": {
            f"{wavelet}, {method}, {mode}, sigma={share:g}": _one_by_one(
                denoise_wavelet,
                wavelet=wavelet,
                method=method,
                mode=mode,
                sigma=share * sigma,
                rescale_sigma=True,
            )
            for wavelet in ("db1", "db2", "sym4")
            for method in ("BayesShrink", "VisuShrink")
            for mode in ("soft", "hard")
            for share in (0.5, 0.7, 1.0, 1.3)
        },
    }
    each["PCA"] = {
        f"{n} components": lambda X, n=n: project(pca, X, np.arange(784) < n)
        for n in (10, 20, 30, 40, 60, 80, 120, 160, 240, 320, 480)
    }
    # The best linear denoiser of images with these two moments.
    gain = pca.explained_variance_ / (pca.explained_variance_ + sigma**2)
    each["PCA, Wiener"] = {"": lambda X: project(pca, X, gain)}
    return {"noisy": {"": lambda X: X}, **each}


def project(pca: PCA, X: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Shrink the principal components of images by `gain`."""
    scores = (X.reshape(len(X), -1) - pca.mean_) @ pca.components_.T
    return ((scores * gain) @ pca.components_ + pca.mean_).reshape(X.shape)


def measure(clean: np.ndarray, cleaned: np.ndarray) -> dict[str, float]:
    """Give mean PSNR in decibels and mean SSIM of images, clipped to between 0 and 1."""
    pairs = list(zip(clean.astype(float), np.clip(cleaned, 0, 1).astype(float), strict=True))
    return {
        "psnr": float(np.mean([peak_signal_noise_ratio(a, b, data_range=1) for a, b in pairs])),
        "ssim": float(np.mean([structural_similarity(a, b, data_range=1) for a, b in pairs])),
    }


def tune(grid: dict[str, Denoise], clean: np.ndarray, noisy: np.ndarray) -> dict[str, str]:
    """Give the parameters that are best by PSNR and those that are best by SSIM."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # images are small for the deeper levels of a wavelet
        scores = {name: measure(clean, denoise(noisy)) for name, denoise in grid.items()}
    return {key: max(scores, key=lambda name: scores[name][key]) for key in ("psnr", "ssim")}


def _one_by_one(function: Any, **parameters: Any) -> Denoise:
    return lambda X: np.stack([function(image, **parameters) for image in X])
