"""Compression of Fashion-MNIST: bits per pixel without loss, rate and distortion with it, beside what people use.

Run as ``python benchmarks/compression.py``; prints Markdown and writes ``results/compression.json``. Models are fitted
to the 60,000 training images and kept in ``--models``, so that a run that was cut off goes on; all else is measured on
the 10,000 test images as one file. Rivals get one mosaic of 100 x 100 images, so that their headers are shared too, and
the settings that make the smallest file: Pillow's ``optimize`` for PNG and JPEG, ``method=6`` for WebP. Everything runs
on one thread.
"""

from __future__ import annotations

import argparse
import bz2
import io
import json
import lzma
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _provenance import describe_environment, write_json
from PIL import Image

from vaesynth.applications import VQVAECompressor
from vaesynth.datasets import fetch_fashion_mnist

RESULTS = Path(__file__).parent / "results"
# Chosen before the test images were looked at; the package's own default is 4,000 steps.
SETTINGS: dict[str, dict[str, Any]] = {
    "lossless": {"lossless": True, "max_iter": 2, "random_state": 0},
    "lossy": {"learning_rate_init": 5e-3, "max_iter": 3, "random_state": 0},
}
JPEG_QUALITIES = (1, 3, 5, 8, 10, 15, 20, 25, 30, 40, 50, 60)
WEBP_QUALITIES = (0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50)
# Bits per pixel at which the curves are compared.
GRID = np.arange(0.2, 1.61, 0.1)


def fit_or_load(name: str, folder: Path) -> tuple[VQVAECompressor, float]:
    """Fitted model and seconds of its fit, from an earlier run where there was one."""
    path, clock = folder / f"{name}.safetensors", folder / f"{name}.json"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        images = fetch_fashion_mnist(subset="train").images
        start = time.process_time()
        model = VQVAECompressor(**SETTINGS[name]).fit(images)
        seconds = time.process_time() - start
        model.save(path)
        clock.write_text(json.dumps(seconds))
    return VQVAECompressor.load(path), json.loads(clock.read_text())


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
    curves = {name: interpolate(results[name], GRID) for name in ("lossy", "jpeg", "webp")}
    lines += ["", "| bits per pixel | vaesynth, dB | JPEG, dB | WebP, dB |", "|---|---|---|---|"]
    for row, rate in enumerate(GRID):
        cells = " | ".join(
            "" if np.isnan(curve[row]) else f"{curve[row]:.2f}" for curve in curves.values()
        )
        lines.append(f"| {rate:.1f} | {cells} |")
    return "\n".join(lines)


def measure(models: Path) -> dict[str, Any]:
    images = fetch_fashion_mnist(subset="test").images
    lossless, seconds = fit_or_load("lossless", models)
    lossy, lossy_seconds = fit_or_load("lossy", models)
    return {
        "environment": describe_environment(["constriction", "pillow"]),
        "settings": SETTINGS,
        "fit_seconds": {"lossless": seconds, "lossy": lossy_seconds},
        "model_bytes": {name: (models / f"{name}.safetensors").stat().st_size for name in SETTINGS},
        "lossless": run_compressor(lossless, images, None),
        "lossy": [run_compressor(lossy, images, quality) for quality in range(lossy.n_qualities_)],
        "lossless_rivals": run_lossless_rivals(images),
        "jpeg": run_lossy_rival("JPEG", JPEG_QUALITIES, images),
        "webp": run_lossy_rival("WEBP", WEBP_QUALITIES, images),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=RESULTS / "compression-models.tmp")
    parser.add_argument("--fit-only", choices=sorted(SETTINGS), help="fit one model and stop")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.fit_only:
        print(f"{fit_or_load(arguments.fit_only, arguments.models)[1]:.0f} s")
        return
    results = measure(arguments.models)
    write_json(RESULTS / "compression.json", results)
    print(report(results))


if __name__ == "__main__":
    main()
