"""Compression of Fashion-MNIST: bits per pixel without loss, rate and distortion with it, beside what people use.

Run as ``python -m benchmarks.compression``; prints Markdown and writes ``results/compression.json``. Models are fitted
to training images and kept in ``--models``, so that a run that was cut off goes on, and ``--parts`` measures some
figures anew; all else is measured on the 10,000 test images as one file. Rivals get one mosaic of 100 x 100 images, so
that their headers are shared too, and the settings that make the smallest file: Pillow's ``optimize`` for PNG and JPEG,
``method=6`` for WebP. Everything runs on one thread; speeds are by processor time.
"""

from __future__ import annotations

import argparse
import bz2
import io
import json
import lzma
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from benchmarks.shared.provenance import RESULTS, describe_environment, write_json
from vaesynth.applications import VQVAECompressor
from vaesynth.datasets import fetch_fashion_mnist

# Widths, batch and rate were chosen with one epoch on a part of the training images, judged on another part.
SETTINGS: dict[str, dict[str, Any]] = {
    "lossless": {"lossless": True, "hidden_size": 64},
    "lossy": {"lossless": False, "hidden_size": 32},
}
SHARED = {"batch_size": 32, "learning_rate_init": 6e-3, "max_iter": 4, "random_state": 0}
N_QUALITIES = 7
JPEG_QUALITIES = (1, 3, 5, 8, 10, 15, 20, 25, 30, 40, 50, 60)
WEBP_QUALITIES = (0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50)
# Bits per pixel at which the curves are compared.
GRID = np.arange(0.2, 1.61, 0.1)


def fit_or_load(name: str, folder: Path) -> tuple[VQVAECompressor, float]:
    """Fitted model and seconds of its fit, from an earlier run where there was one."""
    path, clock = folder / f"{name}.safetensors", folder / f"{name}.json"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        parameters = {**SHARED, **SETTINGS[name]}
        images = fetch_fashion_mnist(subset="train").images
        start = time.process_time()
        model = VQVAECompressor(**parameters).fit(images)
        seconds = time.process_time() - start
        model.save(path)
        clock.write_text(json.dumps(seconds))
    return VQVAECompressor.load(path), json.loads(clock.read_text(encoding="utf-8"))


def bits_per_pixel(packed: bytes, images: np.ndarray) -> float:
    return 8 * len(packed) / images.size


def psnr(images: np.ndarray, others: np.ndarray) -> float:
    """Peak signal-to-noise ratio over all pixels, in dB."""
    error = np.mean((images.astype(float) - others) ** 2)
    return float(10 * np.log10(255**2 / error))


def run_compressor(model: VQVAECompressor, images: np.ndarray, quality: int | None) -> dict:
    start = time.process_time()
    stream = model.compress(images, quality)
    middle = time.process_time()
    back = model.decompress(stream)
    end = time.process_time()
    figures = {
        "bits_per_pixel": bits_per_pixel(stream, images),
        "encode_mb_per_s": images.size / (middle - start) / 1e6,
        "decode_mb_per_s": images.size / (end - middle) / 1e6,
    }
    if quality is None:
        return {**figures, "is_exact": bool(np.array_equal(images, back))}
    return {**figures, "quality": quality, "psnr": psnr(images, back)}


def make_mosaic(images: np.ndarray) -> np.ndarray:
    """Images side by side, as many in a row as in a column."""
    side = round(len(images) ** 0.5)
    height, width = images.shape[1:]
    rows = images[: side * side].reshape(side, side, height, width).swapaxes(1, 2)
    return rows.reshape(side * height, side * width)


def save_as(mosaic: np.ndarray, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(mosaic).save(file, kind, **options)
    return file.getvalue()


def run_lossless_rivals(images: np.ndarray) -> list[dict]:
    mosaic = make_mosaic(images)
    rivals: dict[str, Callable[[], bytes]] = {
        "PNG": lambda: save_as(mosaic, "PNG", optimize=True),
        "WebP, lossless": lambda: save_as(mosaic, "WEBP", lossless=True, quality=100, method=6),
        "bz2": lambda: bz2.compress(images.tobytes(), 9),
        "xz": lambda: lzma.compress(images.tobytes(), preset=9 | lzma.PRESET_EXTREME),
        "JPEG 2000, lossless": lambda: save_as(mosaic, "JPEG2000", irreversible=False),
    }
    results = []
    for name, pack in rivals.items():
        start = time.process_time()
        packed = pack()
        seconds = time.process_time() - start
        results.append(
            {
                "codec": name,
                "bits_per_pixel": bits_per_pixel(packed, images),
                "encode_mb_per_s": images.size / seconds / 1e6,
            }
        )
    return results


def run_lossy_rival(kind: str, qualities: tuple[int, ...], images: np.ndarray) -> list[dict]:
    mosaic = make_mosaic(images)
    options: dict[str, Any] = {"optimize": True} if kind == "JPEG" else {"method": 6}
    results = []
    for quality in qualities:
        packed = save_as(mosaic, kind, quality=quality, **options)
        back = np.asarray(Image.open(io.BytesIO(packed)).convert("L"))
        rate = bits_per_pixel(packed, images)
        results.append({"quality": quality, "bits_per_pixel": rate, "psnr": psnr(mosaic, back)})
    return results


def interpolate(curve: list[dict], rates: np.ndarray) -> np.ndarray:
    """PSNR at the given rates on straight lines between the points; NaN beyond them."""
    points = sorted((point["bits_per_pixel"], point["psnr"]) for point in curve)
    x, y = np.array(points).T
    return np.interp(rates, x, y, left=np.nan, right=np.nan)


def report(results: dict[str, Any]) -> str:
    ours = results["lossless"]
    lines = [
        "| without loss | bits per pixel | encode, MB/s | decode, MB/s |",
        "|---|---|---|---|",
        f"| vaesynth | {ours['bits_per_pixel']:.3f} | {ours['encode_mb_per_s']:.2f} | "
        f"{ours['decode_mb_per_s']:.2f} |",
    ]
    lines += [
        f"| {r['codec']} | {r['bits_per_pixel']:.3f} | {r['encode_mb_per_s']:.2f} |  |"
        for r in results["lossless_rivals"]
    ]
    points = {
        "vaesynth": [results[f"lossy-{quality}"] for quality in range(N_QUALITIES)],
        "JPEG": results["jpeg"],
        "WebP": results["webp"],
    }
    curves = {name: interpolate(curve, GRID) for name, curve in points.items()}
    lines += ["", "| bits per pixel | vaesynth, dB | JPEG, dB | WebP, dB |", "|---|---|---|---|"]
    for row, rate in enumerate(GRID):
        cells = " | ".join(
            "" if np.isnan(curve[row]) else f"{curve[row]:.2f}" for curve in curves.values()
        )
        lines.append(f"| {rate:.1f} | {cells} |")
    return "\n".join(lines)


def measure_lossless(images: np.ndarray, models: Path) -> dict[str, Any]:
    model, seconds = fit_or_load("lossless", models)
    figures = run_compressor(model, images, None)
    return {**figures, **describe_model("lossless", models, seconds)}


def measure_lossy(quality: int, images: np.ndarray, models: Path) -> dict[str, Any]:
    model, seconds = fit_or_load("lossy", models)
    figures = run_compressor(model, images, quality)
    return {**figures, **describe_model("lossy", models, seconds)}


def describe_model(name: str, models: Path, seconds: float) -> dict[str, Any]:
    n_bytes = (models / f"{name}.safetensors").stat().st_size
    return {
        "settings": {**SHARED, **SETTINGS[name]},
        "fit_seconds": seconds,
        "model_bytes": n_bytes,
    }


PARTS: dict[str, Callable[[np.ndarray, Path], Any]] = {
    "lossless": measure_lossless,
    **{f"lossy-{quality}": partial(measure_lossy, quality) for quality in range(N_QUALITIES)},
    "lossless_rivals": lambda images, _: run_lossless_rivals(images),
    "jpeg": lambda images, _: run_lossy_rival("JPEG", JPEG_QUALITIES, images),
    "webp": lambda images, _: run_lossy_rival("WEBP", WEBP_QUALITIES, images),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=RESULTS / "compression-models.tmp")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--fit-only", choices=sorted(SETTINGS), help="fit one model and stop")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.fit_only:
        print(f"{fit_or_load(arguments.fit_only, arguments.models)[1]:.0f} s")
        return
    path = RESULTS / "compression.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    images = fetch_fashion_mnist(subset="test").images
    for part in arguments.parts:
        figures = PARTS[part](images, arguments.models)
        environment = describe_environment(["constriction", "pillow"])
        results[part] = {"environment": environment, "figures": figures}
        write_json(path, results)
    if results.keys() == PARTS.keys():
        print(report({part: results[part]["figures"] for part in PARTS}))


if __name__ == "__main__":
    main()
