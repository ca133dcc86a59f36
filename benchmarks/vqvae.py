"""VQ-VAEs on Fashion-MNIST: codes in use and reconstruction error, beside pythae at equal networks, codes and time.

Run as ``python -m benchmarks.vqvae``; prints Markdown and writes ``results/vqvae.json``. pythae, if it can be
imported, gets the networks of this package, as many codes, and as much wall time as the whole fit of the first row,
its prior over the codes included; its optimiser is Adam at its rate of 1e-3. Everything runs on one thread.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import tempfile
import time
from typing import Any

import numpy as np
import torch

from benchmarks.shared.provenance import RESULTS
from vaesynth import VQVAE
from vaesynth.datasets import fetch_fashion_mnist
from vaesynth.nn import ConvCodeDecoder, ConvCodeEncoder, PatchGrid

N_CODES = 512
CODE_DIM = 4
WIDTH = 64
BATCH_SIZE = 128


def judge(name: str, seconds: float, images: Any, rebuilt: Any, codes: Any, n_codes: int) -> dict:
    """Figures of one model: codes are those of the training images, the error that of unseen ones."""
    counts = np.bincount(np.asarray(codes).ravel(), minlength=n_codes)
    shares = counts[counts > 0] / counts.sum()
    return {
        "model": name,
        "seconds": round(seconds, 1),
        "mse": float(np.mean((images - rebuilt) ** 2)),
        "n_codes": n_codes,
        "usage": float(np.mean(counts > 0)),
        "perplexity": math.exp(-float((shares * np.log(shares)).sum())),
    }


def run_vaesynth(quantizer: str, train: Any, test: Any, max_iter: int) -> dict:
    model = VQVAE(
        n_codes=N_CODES,
        code_dim=CODE_DIM,
        quantizer=quantizer,
        hidden_layer_sizes=(WIDTH,),
        batch_size=BATCH_SIZE,
        max_iter=max_iter,
        prior_max_iter=1,
        early_stopping=False,
        random_state=0,
    )
    start = time.perf_counter()
    model.fit(train)
    seconds = time.perf_counter() - start
    rebuilt = model.reconstruct(test)
    codes = model.transform(train)
    figures = judge(
        f"vaesynth VQVAE, {quantizer}", seconds, test / 255, rebuilt / 255, codes, model.n_codes_
    )
    return {
        **figures,
        "bound_nats": model.score(test),
        "prior_nats": model.prior_history_.terms["loss"][-1],
    }


def run_pythae(use_ema: bool, train: Any, test: Any, seconds: float) -> dict:
    from pythae.data.datasets import BaseDataset
    from pythae.models import VQVAE as TheirVQVAE
    from pythae.models import VQVAEConfig
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from pythae.trainers import BaseTrainer, BaseTrainerConfig
    from pythae.trainers.training_callbacks import TrainingCallback

    patches = PatchGrid((1, 28, 28), 4)
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)

    class Encoder(BaseEncoder):
        def __init__(self) -> None:
            BaseEncoder.__init__(self)
            self.network = ConvCodeEncoder(patches, WIDTH, CODE_DIM, generator)

        def forward(self, x: Any) -> Any:
            z = patches.split(x.flatten(1))
            for layer in self.network:
                z = layer(z)
            return ModelOutput(embedding=z)

    class Decoder(BaseDecoder):
        def __init__(self) -> None:
            BaseDecoder.__init__(self)
            self.network = ConvCodeDecoder(patches, WIDTH, CODE_DIM, generator)

        def forward(self, z: Any) -> Any:
            for layer in self.network:
                z = layer(z)
            return ModelOutput(reconstruction=patches.join(z).view(-1, 1, 28, 28))

    class TimeUp(Exception):
        pass

    class Clock(TrainingCallback):
        def on_train_step_end(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
            if time.perf_counter() - start > seconds:
                raise TimeUp

    config = VQVAEConfig(
        input_dim=(1, 28, 28), latent_dim=CODE_DIM, num_embeddings=N_CODES, use_ema=use_ema
    )
    model = TheirVQVAE(config, encoder=Encoder(), decoder=Decoder())
    data = torch.from_numpy(train.astype(np.float32) / 255)[:, None]
    with tempfile.TemporaryDirectory() as folder:
        trainer = BaseTrainer(
            model,
            BaseDataset(data, torch.zeros(len(data))),
            training_config=BaseTrainerConfig(
                output_dir=folder,
                num_epochs=10_000,
                learning_rate=1e-3,
                per_device_train_batch_size=BATCH_SIZE,
                keep_best_on_train=False,
                no_cuda=True,
            ),
            callbacks=[Clock()],
        )
        start = time.perf_counter()
        with contextlib.suppress(TimeUp):
            trainer.train()
        elapsed = time.perf_counter() - start
    model = trainer.model.eval()
    rebuilt, codes = _apply(model, test)[0], _apply(model, train)[1]
    name = "pythae VQVAE, " + ("ema" if use_ema else "gradient")
    return judge(name, elapsed, test / 255, rebuilt, codes, N_CODES)


@torch.no_grad()
def _apply(model: Any, images: Any) -> tuple[Any, Any]:
    rebuilt, codes = [], []
    for start in range(0, len(images), 1000):
        part = torch.from_numpy(images[start : start + 1000].astype(np.float32) / 255)[:, None]
        output = model({"data": part})
        rebuilt.append(output.recon_x[:, 0].numpy())
        codes.append(output.quantized_indices.numpy().ravel())
    return np.concatenate(rebuilt), np.concatenate(codes)


def report(results: list[dict]) -> str:
    lines = [
        "| model | fit, s | MSE of test images | codes in use | perplexity |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {r['model']} | {r['seconds']:.0f} | {r['mse']:.5f} | {r['usage']:.1%} of {r['n_codes']} |"
        f" {r['perplexity']:.0f} |"
        for r in results
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-train", type=int, default=20_000)
    parser.add_argument("--max-iter", type=int, default=6)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    train = fetch_fashion_mnist(subset="train").images[: arguments.n_train]
    test = fetch_fashion_mnist(subset="test").images
    results: list[dict] = []

    def keep(figures: dict) -> None:
        results.append(figures)
        print(figures, flush=True)
        stored = {"arguments": vars(arguments), "results": results}
        (RESULTS / "vqvae.json").write_text(json.dumps(stored, indent=2) + "\n")

    keep(run_vaesynth("ema", train, test, arguments.max_iter))
    budget = results[0]["seconds"]
    try:
        import pythae  # noqa: F401
    except ImportError:
        print("pythae is not installed: pip install pythae")
    else:
        keep(run_pythae(False, train, test, budget))
        keep(run_pythae(True, train, test, budget))
    keep(run_vaesynth("fsq", train, test, arguments.max_iter))
    print(report(results))


if __name__ == "__main__":
    main()
