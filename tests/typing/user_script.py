"""What a user who types strictly writes; ``make types`` holds it against the annotations of the package."""

from pathlib import Path

import numpy as np
import pandas as pd

from vaesynth import (
    CVAE,
    VAE,
    VQVAE,
    BetaVAE,
    CVAESampler,
    PrivacyBudget,
    ResampledClassifier,
    TableEncoder,
    compare_resamplers,
    load,
)
from vaesynth.datasets import make_shapes
from vaesynth.metrics import column_shape_score, detection_score, frechet_distance
from vaesynth.over_sampling import CopyReport
from vaesynth.plotting import LatentMapDisplay, LossCurveDisplay


def balance(X: pd.DataFrame, y: pd.Series) -> tuple[pd.DataFrame, pd.Series]:
    sampler = CVAESampler(sampling_strategy={"yes": 100}, random_state=0)
    X_res, y_res = sampler.fit_resample(X, y)
    report: CopyReport = sampler.copy_report_
    print(report.n_exact, sampler.synthetic_mask_.sum(), sampler.n_iter_)
    again = load("sampler.safetensors")
    more: pd.DataFrame = CVAESampler.load("sampler.safetensors").sample(3, y="yes")
    print(type(again).__name__, len(more))
    return X_res, y_res


def judge(X: pd.DataFrame, y: pd.Series, classifier: object) -> str:
    model = ResampledClassifier(CVAESampler(), classifier, calibrate="prior", threshold=0.3)
    print(model.fit(X, y).predict_proba(X)[:, 1].mean())
    comparison = compare_resamplers(classifier, X, y, samplers=["SMOTE", "CVAE"], cv=3)
    comparison.to_html(Path("report.html"))
    summary: pd.DataFrame = comparison.summary()
    print(summary.shape)
    return comparison.verdict()


def model_tables(X: pd.DataFrame, y: pd.Series) -> float:
    vae = VAE(latent_dim=2, random_state=0).fit(X)
    Z = vae.transform(X)
    back, drawn = vae.inverse_transform(Z), vae.sample(10)
    print(vae.score(X), vae.score_samples(X).mean(), len(back), vae.active_units_)
    vae.save("vae.safetensors")
    cvae = CVAE(privacy=PrivacyBudget(epsilon=3.0, delta=1e-5)).fit(X, y)
    print(cvae.sample(10, y="yes").shape, cvae.classes_)
    LossCurveDisplay.from_estimator(vae).ax_.set_title("loss")
    LatentMapDisplay.from_estimator(vae, X, y)
    table = TableEncoder().fit(X).transform(X)
    print(table.numbers.shape, table.codes.shape)
    return column_shape_score(X, drawn) + detection_score(X, drawn)


def model_images() -> float:
    images, _ = make_shapes(100, random_state=0)
    codes = VQVAE(n_codes=16).fit(images).transform(images)
    latents = BetaVAE(beta=4.0).fit(images).transform(images)
    first, second = np.split(latents, 2)
    return frechet_distance(first, second) + float(codes.mean())
