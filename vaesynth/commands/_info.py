"""``vaesynth info``: what is installed, what is in a saved model, what is in a table."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer

from vaesynth.commands._printing import make_console, print_table
from vaesynth.commands._tables import Categorical, Decimal, Encoding, Reading, Sep, TextClass

PACKAGES = ("vaesynth", "torch", "scikit-learn", "imbalanced-learn", "pandas", "numpy", "pyarrow")
MODEL_ENDING = ".safetensors"


def info(
    file: Annotated[
        Path | None, typer.Argument(help="A table, or a saved model (.safetensors).")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", "-t", help="Column that holds the class: counts rows.")
    ] = None,
    sep: Sep = None,
    encoding: Encoding = None,
    decimal: Decimal = None,
    categorical: Categorical = None,
    text_class: TextClass = False,
) -> None:
    """Describe a table or a saved model; without a file, the installation."""
    if file is None:
        _describe_installation()
    elif file.name.lower().endswith(MODEL_ENDING):
        _describe_model(file)
    else:
        reading = Reading(sep, encoding, decimal, categorical or [], text_class)
        _describe_table(reading, file, target)


def _describe_installation() -> None:
    import torch

    versions = [("python", platform.python_version())]
    # What pip knows of torch leaves out the build, such as "+cu130".
    found = {package: _version(package) for package in PACKAGES} | {"torch": torch.__version__}
    versions += found.items()
    print_table(["package", "version"], versions)
    n_gpus = torch.cuda.device_count()
    devices = [("cpu", f"{torch.get_num_threads()} threads")]
    devices += [(f"cuda:{number}", torch.cuda.get_device_name(number)) for number in range(n_gpus)]
    print_table(["device", "what"], devices)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _describe_model(path: Path) -> None:
    from vaesynth.saving import load

    estimator = load(path)
    model = getattr(estimator, "model_", estimator)
    rows: list[tuple[str, Any]] = [
        ("class", type(estimator).__name__),
        ("columns", _names(model)),
        ("latents", getattr(model, "latent_dim_", "-")),
        ("epochs", getattr(model, "n_iter_", "-")),
    ]
    rows += [(f"parameter {name}", value) for name, value in sorted(_changed(estimator).items())]
    print_table(["what", "value"], [(what, str(value)) for what, value in rows])
    if hasattr(model, "class_count_"):
        counts = zip(model.classes_.tolist(), model.class_count_.tolist(), strict=True)
        print_table(["class", "rows trained on"], [(str(label), n) for label, n in counts])


def _names(model: Any) -> str:
    names = getattr(model, "feature_names_in_", None)
    return str(model.n_features_in_) if names is None else ", ".join(names)


def _changed(estimator: Any) -> dict[str, Any]:
    """Return the parameters that differ from their defaults."""
    usual = type(estimator)().get_params(deep=False)
    given = estimator.get_params(deep=False)
    return {name: value for name, value in given.items() if repr(value) != repr(usual[name])}


def _describe_table(reading: Reading, path: Path, target: str | None) -> None:
    from vaesynth.tabular import TableEncoder

    if target is None:
        table, y = reading.read(path), None
    else:
        table, _, y = reading.read_classes(path, target)
    console = make_console()
    console.print(f"{table.cells.num_rows:,} rows, {len(table.names):,} columns")
    schema = TableEncoder().fit(table.cells).schema_
    rows = []
    for spec in schema.columns:
        column = table.cells[spec.name]
        kind = "nothing" if spec.is_all_missing else "number" if spec.is_number else "category"
        rows.append((spec.name, name_type(column.type), kind, spec.n_distinct, column.null_count))
    print_table(["column", "type", "kind", "distinct", "missing"], rows)
    if y is not None:
        counts = y.astype(object).where(y.notna(), "(missing)").astype(str).value_counts()
        shares = [(label, int(n), float(n / len(y))) for label, n in counts.items()]
        print_table([f"class in {target}", "rows", "share"], shares)


def name_type(kind: Any) -> str:
    """Return the type of a column in plain words.

    Examples
    --------
    >>> import pyarrow as pa
    >>> name_type(pa.dictionary(pa.int8(), pa.string())), name_type(pa.timestamp("us", "UTC"))
    ('text', 'date and time')
    >>> name_type(pa.decimal128(5, 2)), name_type(pa.list_(pa.float64()))
    ('decimal', 'list of number')
    """
    if pa.types.is_dictionary(kind):
        return name_type(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return f"list of {name_type(kind.value_type)}"
    return next((name for name, is_it in TYPE_NAMES.items() if is_it(kind)), str(kind))


TYPE_NAMES: dict[str, Callable[[Any], bool]] = {
    "integer": pa.types.is_integer,
    "number": pa.types.is_floating,
    "decimal": pa.types.is_decimal,
    "true or false": pa.types.is_boolean,
    "date": pa.types.is_date,
    "date and time": pa.types.is_timestamp,
    "time of day": pa.types.is_time,
    "duration": pa.types.is_duration,
    "nothing": pa.types.is_null,
    "text": lambda kind: (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    ),
    "bytes": lambda kind: (
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    ),
    "record": pa.types.is_struct,
}
