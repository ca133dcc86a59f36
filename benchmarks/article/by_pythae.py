"""The article's network and training in pythae; runs in an environment of its own, since pythae pins old packages.

Run as ``PYTHON _article_pythae.py IMAGES.npz SAMPLES.npy --model vae``; prints one line of JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pythae.data.datasets import BaseDataset
from pythae.models import VAE, VQVAE, BetaVAE, BetaVAEConfig, VAEConfig, VQVAEConfig
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.samplers import PixelCNNSampler, PixelCNNSamplerConfig
from pythae.trainers import BaseTrainer, BaseTrainerConfig
from torch import nn

from benchmarks.article.by_hand import (
    BATCH_SIZE,
    LEARNING_RATE,
    N_EPOCHS,
    DenseVAE,
    measure,
    sample,
)

N_LATENTS = 16
CODE_GRID = (4, 7, 7)
# Its PixelCNN takes seconds a step and minutes for a thousand images: so many to learn from, and so many drawn.
PRIOR_IMAGES = 20_000
PRIOR_SAMPLES = 2_000


class Encoder(BaseEncoder):
    """A network that gives means and log-variances."""

    def __init__(self, network: nn.Module) -> None:
        BaseEncoder.__init__(self)
        self.network = network

    def forward(self, x: Any) -> Any:
        """Encode flat images."""
        mean, log_variance = self.network(x).chunk(2, dim=1)
        return ModelOutput(embedding=mean, log_covariance=log_variance)


class CodeEncoder(Encoder):
    """A network that gives a grid of vectors to be quantised."""

    def forward(self, x: Any) -> Any:
        """Encode flat images."""
        return ModelOutput(embedding=self.network(x).view(-1, *CODE_GRID))


class Decoder(BaseDecoder):
    """A network that gives the logits of pixels."""

    def __init__(self, network: nn.Module) -> None:
        BaseDecoder.__init__(self)
        self.network = network

    def forward(self, z: Any) -> Any:
        """Decode latent points or grids of vectors."""
        return ModelOutput(reconstruction=torch.sigmoid(self.network(z.flatten(1))))


def make_trainer_config(folder: str, seed: int) -> BaseTrainerConfig:
    """Give the article's training."""
    return BaseTrainerConfig(
        output_dir=folder,
        num_epochs=N_EPOCHS,
        learning_rate=LEARNING_RATE,
        per_device_train_batch_size=BATCH_SIZE,
        no_cuda=True,
        seed=seed,
    )


def fit(model: Any, images: np.ndarray, seed: int) -> Any:
    """Train a model of pythae and return it."""
    with tempfile.TemporaryDirectory() as folder:
        rows = BaseDataset(torch.from_numpy(images), torch.zeros(len(images)))
        trainer = BaseTrainer(
            model, train_dataset=rows, training_config=make_trainer_config(folder, seed)
        )
        trainer.train()
    return trainer.model.eval()


def run_gaussian(images: dict, n_samples: int, beta: float, seed: int) -> tuple[dict, np.ndarray]:
    """Train VAE, or BetaVAE where `beta` is not 1; give figures and samples."""
    torch.manual_seed(seed)
    start = time.perf_counter()
    network = DenseVAE(N_LATENTS)
    settings = {"input_dim": (784,), "latent_dim": N_LATENTS, "reconstruction_loss": "bce"}
    parts = {"encoder": Encoder(network.encoder), "decoder": Decoder(network.decoder)}
    plain, config = VAEConfig(**settings), BetaVAEConfig(beta=beta, **settings)
    model = VAE(plain, **parts) if beta == 1 else BetaVAE(config, **parts)
    model = fit(model, images["train"], seed)
    seconds = time.perf_counter() - start
    network.encoder, network.decoder = model.encoder.network, model.decoder.network
    return {"seconds": seconds, **measure(network, images["test"])}, sample(network, n_samples)


def run_quantized(images: dict, seed: int) -> tuple[dict, np.ndarray]:
    """Train VQVAE on dense networks of the same width, then its prior over the codes, a PixelCNN of five layers."""
    torch.manual_seed(seed)
    start = time.perf_counter()
    n_values = int(np.prod(CODE_GRID))
    encoder = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, n_values))
    decoder = nn.Sequential(nn.Linear(n_values, 256), nn.ReLU(), nn.Linear(256, 784))
    # Its sampler cannot read a codebook of moving averages; the codebook learned by gradients is its default.
    config = VQVAEConfig(input_dim=(784,), latent_dim=CODE_GRID[0], num_embeddings=512)
    model = VQVAE(config, encoder=CodeEncoder(encoder), decoder=Decoder(decoder))
    model = fit(model, images["train"], seed)
    sampler = PixelCNNSampler(model, PixelCNNSamplerConfig(n_layers=5))
    with tempfile.TemporaryDirectory() as folder:
        training = make_trainer_config(folder, seed)
        training.num_epochs = 1
        sampler.fit(torch.from_numpy(images["train"][:PRIOR_IMAGES]), training_config=training)
    seconds = time.perf_counter() - start
    with torch.no_grad():
        x = torch.from_numpy(images["test"])
        rebuilt = torch.cat([model({"data": part}).recon_x for part in x.split(1000)])
    error = float((rebuilt - x).square().mean())
    drawn = sampler.sample(num_samples=PRIOR_SAMPLES, batch_size=1000).numpy()
    return {"seconds": seconds, "elbo": None, "kl": None, "squared_error": error}, drawn


def main() -> None:
    """Run one model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("samples", type=Path)
    parser.add_argument("--model", choices=["vae", "betavae", "vqvae"], default="vae")
    parser.add_argument("--n-samples", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    images = dict(np.load(arguments.images))
    # pythae writes its progress to both streams.
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        if arguments.model == "vqvae":
            figures, drawn = run_quantized(images, arguments.seed)
        else:
            beta = {"vae": 1.0, "betavae": 4.0}[arguments.model]
            figures, drawn = run_gaussian(images, arguments.n_samples, beta, arguments.seed)
    np.save(arguments.samples, drawn.reshape(len(drawn), 28, 28))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
