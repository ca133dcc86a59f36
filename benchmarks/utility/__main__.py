"""Does over-sampling help a classifier? Data set × fold × sampler × classifier, resumable.

Run::

    python -m benchmarks.utility publish RESULTS --data TABLES    # everything that is published
    python -m benchmarks.utility run RESULTS --samplers none smote prowsyn cvae "cvae:beta=0.1"
    python -m benchmarks.utility report RESULTS --reference cvae

`run` writes one file per data set and sampler below ``RESULTS/parts`` and computes only what is not
there: kill it and start it again, or add a sampler later. Folds, classifier seeds and the seed
given to the sampler depend on ``--seed``, repeat and fold alone, so every comparison is paired.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

# Before numpy and torch load: one thread per process, or parallel jobs fight over the cores.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import pandas as pd  # noqa: E402
from joblib import Parallel, delayed  # noqa: E402
from tqdm import tqdm  # noqa: E402

from benchmarks.shared.classifiers import CLASSIFIERS  # noqa: E402
from benchmarks.shared.datasets import select_datasets  # noqa: E402
from benchmarks.shared.provenance import describe_environment, write_json  # noqa: E402
from benchmarks.utility.evaluation import Protocol, evaluate_part  # noqa: E402
from benchmarks.utility.report import (  # noqa: E402
    common_cells,
    full_report,
    plain_report,
    readme_table,
    split_by_coverage,
    write_block,
)
from benchmarks.utility.store import pack, read_results  # noqa: E402

MAX_ROWS = 6000
SAMPLERS = (
    *("none", "class_weight", "random", "smote", "borderline", "kmeans", "adasyn", "gsmote"),
    *("prowsyn", "polynom-fit", "polynom-mesh", "smote-ipf", "lee", "smobd"),
    *("gaussian-copula", "cvae"),
)
# At their defaults these train for seconds to a minute on each fold of the smallest tables.
SLOW_SAMPLERS = ("tvae", "tvae-class", "ctgan", "ctgan-class")
SLOW_SETS = (*("hepatitis", "breast_cancer_recurrence", "new-thyroid1", "glass4", "bupa", "pima"),)


def publish(arguments: argparse.Namespace) -> None:
    """Compute what is missing of the published table, pack it and write it down."""
    own = [str(arguments.results), "--data", str(arguments.data)]
    jobs = ["--jobs", str(arguments.jobs)]
    main(["run", *own, *jobs, "--max-rows", str(MAX_ROWS), "--samplers", *SAMPLERS])
    main(["run", *own, *jobs, "--sets", *SLOW_SETS, "--samplers", *SLOW_SAMPLERS])
    pack(arguments.results)
    places = ["--markdown", str(arguments.markdown), "--readme", str(arguments.readme)]
    main(["report", *own, "--reference", "cvae", *places])


def run(arguments: argparse.Namespace) -> None:
    stamp = f"{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}"
    protocol = Protocol(
        arguments.data.resolve(),
        arguments.results.resolve(),
        arguments.classifiers,
        arguments.seed,
        arguments.repeats,
        arguments.folds,
        arguments.redo,
        stamp,
    )
    chosen = select_datasets(
        arguments.data,
        kinds=arguments.kinds,
        names=arguments.sets,
        max_rows=arguments.max_rows,
        min_rows=arguments.min_rows,
        exclude_easy=arguments.exclude_easy,
        part=arguments.part,
        subset=arguments.subset,
    )
    tasks = [(name, sampler) for sampler in arguments.samplers for name in chosen["name"]]
    given = {name: value for name, value in vars(arguments).items() if name != "command"}
    record = {"arguments": given, "sets": list(chosen["name"])}
    record |= describe_environment()
    record_path = arguments.results / "runs" / f"{stamp}.json"
    write_json(record_path, record)
    start = time.perf_counter()
    with tqdm(total=len(tasks), smoothing=0.05, unit="part") as progress:
        if arguments.jobs == 1:
            for name, sampler in tasks:
                progress.set_postfix_str(f"{sampler} {name}")
                evaluate_part(protocol, name, sampler)
                progress.update()
        else:
            parallel = Parallel(n_jobs=arguments.jobs, return_as="generator_unordered")
            for _ in parallel(delayed(evaluate_part)(protocol, *task) for task in tasks):
                progress.update()
    write_json(record_path, record | {"seconds": round(time.perf_counter() - start, 1)})


def report(arguments: argparse.Namespace) -> None:
    results = read_results(arguments.results, arguments.samplers)
    if arguments.kinds:
        results = results[results["kind"].isin(arguments.kinds)]
    if arguments.part:
        sets = select_datasets(arguments.data, part=arguments.part)["name"]
        results = results[results["set"].isin(sets)]
    if arguments.sets:
        results = results[results["set"].isin(arguments.sets)]
    if arguments.classifiers:
        results = results[results["classifier"].isin(arguments.classifiers)]
    if arguments.exclude_easy:
        results = results[~results["easy"]]
    names = arguments.samplers or sorted(results["sampler"].unique())
    reference = arguments.reference or names[0]
    if reference not in names:
        raise SystemExit(f"--reference {reference} is not among {names}")
    if arguments.markdown or arguments.readme:
        write_down(arguments, results, reference)
    else:
        print(plain_report(results, names, reference))


def write_down(arguments: argparse.Namespace, results: pd.DataFrame, reference: str) -> None:
    """Write the document with its pictures, the table of the README, or both."""
    if arguments.readme:
        write_block(arguments.readme, readme_table(results, reference))
    if arguments.markdown:
        from benchmarks.utility.figures import draw_ranks, draw_speed

        figures = {"ranks": "utility-ranks.png", "speed": "utility-speed.png"}
        manifest = select_datasets(arguments.data).set_index("name")
        parts = manifest.loc[results["set"].unique(), "part"]
        text = full_report(results, reference, parts, figures)
        write_block(arguments.markdown / "utility.md", text)
        common = common_cells(split_by_coverage(results)[0])
        draw_ranks(common, reference, arguments.markdown / figures["ranks"])
        draw_speed(common, reference, arguments.markdown / figures["speed"])


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument("results", type=Path, help="folder of results")
    place.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of tables")
    choice = argparse.ArgumentParser(add_help=False)
    choice.add_argument("--kinds", nargs="+", default=[], choices=["keel", "multiclass", "mixed"])
    choice.add_argument("--sets", nargs="+", default=[], metavar="NAME")
    choice.add_argument(
        "--part", choices=["tune", "look"], help="families to choose on, or those to look at once"
    )
    choice.add_argument("--exclude-easy", action="store_true", help="leave sets out that all solve")
    _add_run(commands, [place, choice])
    _add_report(commands, [place, choice])
    _add_publish(commands, [place])
    packer = commands.add_parser("pack", help="move the parts into one compressed file")
    packer.set_defaults(command=lambda arguments: print(pack(arguments.results)))
    packer.add_argument("results", type=Path)
    arguments = parser.parse_args(words)
    arguments.command(arguments)


def _add_run(commands, parents) -> None:
    runner = commands.add_parser("run", parents=parents, help="compute what is missing")
    runner.set_defaults(command=run)
    runner.add_argument("--samplers", nargs="+", required=True, metavar="NAME[:PARAM=VALUE,...]")
    runner.add_argument(
        "--classifiers", nargs="+", default=list(CLASSIFIERS), choices=list(CLASSIFIERS)
    )
    runner.add_argument("--max-rows", type=int, help="only tables of fewer rows")
    runner.add_argument("--min-rows", type=int, default=0)
    runner.add_argument("--subset", metavar="K/N", help="the K-th of N parts of the families")
    runner.add_argument("--seed", type=int, default=0)
    runner.add_argument("--repeats", type=int, default=1)
    runner.add_argument("--folds", type=int, default=5)
    runner.add_argument("--jobs", type=int, default=1, help="processes, one thread each")
    runner.add_argument("--redo", action="store_true", help="compute parts anew")


def _add_report(commands, parents) -> None:
    reporter = commands.add_parser("report", parents=parents, help="print or write Markdown tables")
    reporter.set_defaults(command=report)
    reporter.add_argument("--samplers", nargs="+", help="default: all there are")
    reporter.add_argument("--classifiers", nargs="+", choices=list(CLASSIFIERS))
    reporter.add_argument("--reference", help="sampler to test against each other (default: first)")
    reporter.add_argument(
        "--markdown", type=Path, metavar="DIR", help="write DIR/utility.md and its pictures"
    )
    reporter.add_argument(
        "--readme", type=Path, metavar="FILE", help="write the short table into a document"
    )


def _add_publish(commands, parents) -> None:
    publisher = commands.add_parser(
        "publish", parents=parents, help="run all that is published, pack it, write it down"
    )
    publisher.set_defaults(command=publish)
    publisher.add_argument("--jobs", type=int, default=1, help="processes, one thread each")
    publisher.add_argument("--markdown", type=Path, default=Path("docs/benchmarks"))
    publisher.add_argument("--readme", type=Path, default=Path("README.md"))


if __name__ == "__main__":
    main()
