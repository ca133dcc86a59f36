"""Over-samplers behind one call, each given its table in the form that its user would give it.

Three forms: `raw` is the training table as read, with category columns and missing values (a
DataFrame and the original labels); `scaled` is imputed, with standardised numbers and category
codes (SMOTENC); `one_hot` is numbers only. Rivals always get standardised numbers: nearest
neighbours on raw units would be a straw man.
"""

from __future__ import annotations

import ast
import functools
import importlib
import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sklearn.preprocessing import MinMaxScaler

from benchmarks.shared import generators

_SMOTE_VARIANTS = {
    "prowsyn": "ProWSyn",
    "polynom-fit": "polynom_fit_SMOTE_star",
    "polynom-mesh": "polynom_fit_SMOTE_mesh",
    "smote-ipf": "SMOTE_IPF",
    "lee": "Lee",
    "smobd": "SMOBD",
}
_GENERATORS = {
    "tvae": ("ctgan", "tvae"),
    "tvae-class": ("ctgan", "tvae_per_class"),
    "ctgan": ("ctgan", "ctgan"),
    "ctgan-class": ("ctgan", "ctgan_per_class"),
    "gaussian-copula": ("copulas", "gaussian_copula"),
}


@dataclass(frozen=True)
class Sampler:
    """A name, the form of table it takes, and the call; None leaves the table as it is."""

    name: str
    form: Literal["raw", "scaled", "one_hot"]
    resample: Callable[..., tuple[Any, Any]] | None
    weigh_classes: bool = False


def make_sampler(name: str) -> Sampler:
    """Return a sampler by its name on the command line, its library already imported.

    ``cvae@label:param=value,...`` names our sampler with parameters; the optional label keeps the
    results of two states of the code apart.
    """
    base, _, parameters = name.partition(":")
    base = base.partition("@")[0]
    if parameters and base != "cvae" and not base.startswith("judged-"):
        raise SystemExit(f"only cvae and judged rivals take parameters, got {name!r}")
    if base in ("none", "class_weight"):
        return Sampler(name, "one_hot", None, weigh_classes=base == "class_weight")
    if base == "cvae":
        return _cvae_sampler(name, parse_parameters(parameters))
    if base.startswith("judged-"):
        rivals = importlib.import_module("benchmarks.shared.judged").JUDGED
        if base not in rivals:
            raise SystemExit(f"no sampler {name!r}; known: {', '.join(rivals)}")
        resample = functools.partial(rivals[base], **parse_parameters(parameters))
        return Sampler(name, "scaled", resample)
    if base == "prototype":
        return Sampler(
            name, "raw", importlib.import_module("benchmarks.shared.prototype").prototype
        )
    if base in _SMOTE_VARIANTS:
        resample = _smote_variant(_SMOTE_VARIANTS[base])
        return Sampler(name, "one_hot", _between_0_and_1(resample) if base == "smobd" else resample)
    if base in _GENERATORS:
        importlib.import_module(_GENERATORS[base][0])
        return Sampler(name, "scaled", getattr(generators, _GENERATORS[base][1]))
    if base not in _NEIGHBOUR_METHODS:
        known = ["none", "class_weight", *_NEIGHBOUR_METHODS, *_SMOTE_VARIANTS, *_GENERATORS]
        raise SystemExit(f"no sampler {name!r}; known: {', '.join(known)}, prototype, cvae")
    library, form, resample = _NEIGHBOUR_METHODS[base]
    importlib.import_module(library)  # so that no timed call pays for the import
    return Sampler(name, form, resample)


def parse_parameters(text: str) -> dict[str, Any]:
    """Read ``a=1,b=(2,3),c=word`` into a dictionary."""
    call = ast.parse(f"f({text})", mode="eval").body
    return {
        keyword.arg: keyword.value.id
        if isinstance(keyword.value, ast.Name)
        else ast.literal_eval(keyword.value)
        for keyword in call.keywords
    }


def make_cvae_sampler(parameters: dict[str, Any], seed: int) -> Any:
    """Make a `CVAESampler` from parameters of its own and of its model."""
    from vaesynth import CVAE, CVAESampler

    own = CVAESampler().get_params(deep=False)
    of_model = {name: value for name, value in parameters.items() if name not in own}
    of_sampler = {name: value for name, value in parameters.items() if name in own}
    return CVAESampler(model=CVAE(**of_model), random_state=seed, **of_sampler)


def _cvae_sampler(name: str, parameters: dict[str, Any]) -> Sampler:
    def resample(X, y, *, seed, **_):
        return make_cvae_sampler(parameters, seed).fit_resample(X, y)

    return Sampler(name, "raw", resample)


def _random(X, y, *, seed, **_):
    from imblearn.over_sampling import RandomOverSampler

    return RandomOverSampler(random_state=seed).fit_resample(X, y)


def _smote(X, y, *, seed, categorical):
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

    if not categorical:
        make = SMOTE
    elif len(categorical) == X.shape[1]:
        make = SMOTEN  # SMOTENC refuses tables without a number
    else:
        make = functools.partial(SMOTENC, categorical_features=categorical)
    return _resample_by_neighbours(make, "k_neighbors", X, y, seed)


def _borderline(X, y, *, seed, **_):
    from imblearn.over_sampling import BorderlineSMOTE

    return _resample_by_neighbours(BorderlineSMOTE, "k_neighbors", X, y, seed)


def _kmeans(X, y, *, seed, **_):
    from imblearn.over_sampling import KMeansSMOTE

    return _resample_by_neighbours(KMeansSMOTE, "k_neighbors", X, y, seed, n_neighbors=2)


def _gsmote(X, y, *, seed, categorical):
    from imblearn_extra.gsmote import GeometricSMOTE

    if len(categorical) == X.shape[1]:
        return _gsmote_of_indicators(X, y, seed)
    make = functools.partial(GeometricSMOTE, categorical_features=categorical or None)
    return _resample_by_neighbours(make, "k_neighbors", X, y, seed)


def _gsmote_of_indicators(X, y, seed):
    """Widen a table without a number, which GeometricSMOTE refuses; the largest indicator wins."""
    from imblearn_extra.gsmote import GeometricSMOTE

    levels = [np.unique(column) for column in X.T]
    wide = np.hstack(
        [column[:, np.newaxis] == own for column, own in zip(X.T, levels, strict=True)]
    )
    new, y_new = _resample_by_neighbours(GeometricSMOTE, "k_neighbors", wide.astype(float), y, seed)
    blocks = np.split(new, np.cumsum([len(own) for own in levels])[:-1], axis=1)
    codes = [own[block.argmax(axis=1)] for own, block in zip(levels, blocks, strict=True)]
    return np.column_stack(codes), y_new


def _adasyn(X, y, *, seed, **_):
    from imblearn.over_sampling import ADASYN

    return _resample_by_neighbours(ADASYN, "n_neighbors", X, y, seed)


def _resample_by_neighbours(make, parameter, X, y, seed, n_neighbors=5):
    """Run a neighbour method with fewer neighbours for the classes that are too small for its own.

    Classes of one row, which have no neighbour, are drawn with replacement.
    """
    from imblearn.over_sampling import RandomOverSampler

    counts = np.bincount(y)
    classes_by_k = defaultdict(list)
    for label in np.flatnonzero((counts > 0) & (counts < counts.max())):
        classes_by_k[min(n_neighbors, counts[label] - 1)].append(label)
    new_rows, new_labels = [X], [y]
    for k, labels in classes_by_k.items():
        totals = {label: int(counts.max()) for label in labels}
        common = {"sampling_strategy": totals, "random_state": seed}
        sampler = make(**common, **{parameter: int(k)}) if k else RandomOverSampler(**common)
        X_new, y_new = sampler.fit_resample(X, y)
        new_rows.append(X_new[len(X) :])
        new_labels.append(y_new[len(X) :])
    return np.vstack(new_rows), np.concatenate(new_labels)


def _smote_variant(class_name: str) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    import smote_variants

    logging.getLogger("smote_variants").setLevel(logging.CRITICAL)
    make = getattr(smote_variants, class_name)

    def resample(X, y, *, seed, **_):
        counts = np.bincount(y)
        if len(counts) == 2:
            X_new, y_new = make(random_state=seed).sample(X, y)
            return X_new, y_new.astype(int)
        # One class against the rest, each up to the largest class. The package's own multiclass
        # helper balances against *all* other rows, and cuts rows off after samplers that filter.
        new_rows, new_labels = [X], [y]
        for label in np.flatnonzero((counts > 0) & (counts < counts.max())):
            proportion = (counts.max() - counts[label]) / (len(y) - 2 * counts[label])
            sampler = make(proportion=proportion, random_state=seed)
            X_new, y_new = sampler.sample(X, (y == label).astype(int))
            generated = X_new[y_new == 1]
            generated = generated[_is_new(generated, X)]
            new_rows.append(generated)
            new_labels.append(np.full(len(generated), label))
        return np.vstack(new_rows), np.concatenate(new_labels)

    return resample


def _between_0_and_1(resample):
    """Hand a method columns from 0 to 1, and give them their own scale back.

    SMOBD's default radius of 1 fits such columns: on 11 of 22 standardised tables it found no
    neighbour within it and returned them unchanged, on 2 of them when they lay between 0 and 1.
    """

    def rescaled(X, y, **others):
        scaler = MinMaxScaler().fit(X)
        X_new, y_new = resample(scaler.transform(X), y, **others)
        return scaler.inverse_transform(X_new), y_new

    return rescaled


def _is_new(rows: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Tell which rows are not exact copies of known ones."""
    seen = {row.tobytes() for row in np.ascontiguousarray(known)}
    return np.array([row.tobytes() not in seen for row in np.ascontiguousarray(rows)], dtype=bool)


_NEIGHBOUR_METHODS = {
    "random": ("imblearn.over_sampling", "scaled", _random),
    "smote": ("imblearn.over_sampling", "scaled", _smote),
    "borderline": ("imblearn.over_sampling", "one_hot", _borderline),
    "kmeans": ("imblearn.over_sampling", "one_hot", _kmeans),
    "adasyn": ("imblearn.over_sampling", "one_hot", _adasyn),
    "gsmote": ("imblearn_extra.gsmote", "scaled", _gsmote),
}
