"""A small classifier of Fashion-MNIST, on whose features generated images are compared with real ones."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from vaesynth.metrics import frechet_distance

N_FEATURES = 64
N_EPOCHS = 4
BATCH_SIZE = 128


class ImageJudge:
    """Convolutional classifier, trained when made; the same seed gives the same judge.

    Parameters
    ----------
    images : ndarray of uint8, shape (n_images, 28, 28)
    labels : ndarray of shape (n_images,)
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * 49, N_FEATURES),
            nn.ReLU(),
        )
        self.classes, codes = np.unique(labels, return_inverse=True)
        self.head = nn.Linear(N_FEATURES, len(self.classes))
        x, y = to_tensor(images), torch.from_numpy(codes)
        optimizer = torch.optim.Adam([*self.body.parameters(), *self.head.parameters()], lr=1e-3)
        for _ in range(N_EPOCHS):
            for index in torch.randperm(len(x)).split(BATCH_SIZE):
                loss = nn.functional.cross_entropy(self.head(self.body(x[index])), y[index])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    @torch.no_grad()
    def features(self, images: np.ndarray) -> np.ndarray:
        """Features of shape (n_images, 64)."""
        return torch.cat([self.body(part) for part in to_tensor(images).split(1000)]).numpy()

    @torch.no_grad()
    def accuracy(self, images: np.ndarray, labels: np.ndarray) -> float:
        """Share of the images whose label is found."""
        scores = self.head(torch.from_numpy(self.features(images)))
        return float((self.classes[scores.argmax(1).numpy()] == labels).mean())

    def distance(self, real: np.ndarray, generated: np.ndarray) -> float:
        """Fréchet distance between the features of two sets of images."""
        return frechet_distance(self.features(real), self.features(generated))


def to_tensor(images: np.ndarray) -> Tensor:
    """Bytes or floats from 0 to 1 as a batch of grey images from 0 to 1."""
    scale = 255 if images.dtype == np.uint8 else 1
    return torch.from_numpy(images.reshape(-1, 1, 28, 28).astype(np.float32) / scale)
