"""Values of ``"auto"``: sizes and schedules chosen from the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# From more cells a row on a table is wide: sixteen candidates for a row would take most of the time.
WIDE_TABLE = 1_000
# From so many rows on a judge takes longer than the model.
MOST_JUDGED_ROWS = 20_000
# Below this many rows a table is small: its new rows stay near real ones, and a smooth likelihood serves best.
LARGE_TABLE = 5_000
# Held-out bounds of VAEs on small tables rise until about here, and fall on the smallest soon after.
SMALL_TABLE_STEPS = 1_000
# Draws that only look for the shape of a class ask less of the model, and CodePrior and codebook learn faster.
FEW_STEPS = 150
LARGE_TABLE_EPOCHS = 8
# Bounds the time on tables of more than 370,000 rows.
LARGE_TABLE_STEPS = 5_000

WEIGHT_DECAY = 1e-4
N_ITER_NO_CHANGE = 5
# A decoder that links cells has weights enough to learn 7,000 rows by heart: it needs decay, fewer steps, and batches
# between the classes' own shares, which starve the rare class, and equal ones, which repeat its rows too often.
LINKED_LEARNING_RATE = 4e-3
LINKED_CLASS_BALANCE = 0.5
# By batch size; it is 512 from 20,000 rows on. On adult six epochs in place of ten keep rows like real ones, in less
# than two thirds of the time (docs/benchmarks/tried.md).
LINKED_EPOCHS = {256: 14, 512: 6}
# Small tables train for fewer steps, before they are learned by heart.
LEAST_LINKED_STEPS = {256: (300, 800), 512: (370, 370)}
ROWS_PER_LINKED_STEP = 6
# From so many rows on linked cells draw rows more like real ones (docs/benchmarks/tried.md). The weights that link
# cells grow with the square of their number.
LEAST_LINKED_ROWS = 1_000
MOST_LINKED_CELLS = 256

IMAGE_LATENT_DIM = 16
IMAGE_WIDTHS = {"dense": (256, 128), "conv": (64,), "spatial": (96,)}
IMAGE_STEPS = 3_250
LEARNING_RATE = 2e-3
IMAGE_LEARNING_RATE = {"dense": 4e-3, "conv": LEARNING_RATE, "spatial": 4e-3}
# At each position of the grid; as many as pixels of a patch of 4 × 4.
SPATIAL_LATENT_DIM = 16
SPATIAL_BLOCKS = 2
# Convolutions take long: small batches and fewer of them, which makes minutes on one core.
SPATIAL_STEPS = 3_000
SPATIAL_BATCH = 64
# Encoded images do not have a standard normal distribution: draws from a mixture are four times as close to real
# images.
IMAGE_PRIOR = "gaussian_mixture"


@dataclass(frozen=True)
class Schedule:
    """Steps of a training run."""

    max_iter: int
    n_steps_per_epoch: int
    batch_size: int

    @property
    def n_shards(self) -> int:
        """Return the parts of a batch for threads; below 512 rows, a step is far slower than its products."""
        return max(1, min(4, self.batch_size // 512))


def choose_numeric_encoding(
    n_rows: int, n_columns: int, links_cells: bool, is_private: bool = False
) -> str:
    """Return the encoding: quantile bins for a decoder that links cells, nearly normal values for all others.

    A normal likelihood of the values leaves residuals, which draws around real rows reuse, for tables of any size.
    Draws from the prior need bins to look like real rows, and a table that is large enough for bins. A private fit uses
    encodings that read as little as possible of single rows: moments, and quantiles of many rows.

    Examples
    --------
    >>> choose_numeric_encoding(30_000, 20, links_cells=False), choose_numeric_encoding(2_000, 20, links_cells=True)
    ('gaussianize', 'bins')
    >>> choose_numeric_encoding(300, 20, links_cells=False, is_private=True)
    'standardize'
    """
    if is_private:
        return "bins" if n_rows >= LARGE_TABLE else "standardize"
    # The decoder of a small table with too many cells links none.
    is_large = n_rows >= LARGE_TABLE or suits_autoregression(n_rows, n_columns)
    return "bins" if links_cells and is_large else "gaussianize"


def choose_latent_dim(n_cells: int, n_rows: int, decoder: str = "independent") -> int:
    """Return the number of latents: as many as cells in a row, up to 16 for small tables and 32 for large ones.

    Where cells are linked by the decoder there are at most 8.
    """
    most = 8 if decoder == "autoregressive" else 32 if n_rows >= LARGE_TABLE else 16
    return max(1, min(most, n_cells))


def suits_autoregression(n_rows: int, n_cells: int) -> bool:
    """Return whether a table has rows enough to learn how its cells depend on each other, and not too many of them."""
    return n_rows >= LEAST_LINKED_ROWS and n_cells <= MOST_LINKED_CELLS


def choose_hidden_layer_sizes(n_rows: int) -> Sequence[int]:
    """Return the widths of two hidden layers, wider for large tables."""
    return (256, 256) if n_rows >= LARGE_TABLE else (64, 64)


def choose_n_bins(n_rows: int, links_cells: bool) -> int:
    """Return the most bins of a number: for a decoder that links cells one for a hundred rows, 200 at most.

    On adult 200 bins in place of 50 took the AUC of a classifier that tells real rows from drawn ones from 0.62 to
    0.51; on tables of 7,000 rows it rose with more than 70.

    Examples
    --------
    >>> choose_n_bins(7_000, True), choose_n_bins(30_000, True), choose_n_bins(30_000, False)
    (70, 200, 50)
    """
    return max(50, min(200, n_rows // 100)) if links_cells else 50


def choose_early_stopping(n_rows: int, decoder: str = "independent") -> bool:
    """Return whether to hold rows out, as where there are many, unless cells are linked.

    Weights of a run of linked cells that was cut short draw skewed columns.
    """
    return n_rows >= LARGE_TABLE and decoder == "independent"


def choose_linked_schedule(n_rows: int, max_iter: int | str, batch_size: int | str) -> Schedule:
    """Return epochs, steps per epoch and batch size for a decoder that links cells.

    Examples
    --------
    >>> choose_linked_schedule(1_000, "auto", "auto")
    Schedule(max_iter=75, n_steps_per_epoch=4, batch_size=256)
    >>> choose_linked_schedule(7_000, "auto", "auto")
    Schedule(max_iter=29, n_steps_per_epoch=28, batch_size=256)
    >>> choose_linked_schedule(32_000, "auto", "auto")
    Schedule(max_iter=6, n_steps_per_epoch=63, batch_size=512)
    """
    automatic = 256 if n_rows < 20_000 else 512
    size = automatic if batch_size == "auto" else int(batch_size)
    n_steps = max(1, -(-n_rows // size))
    lowest, highest = LEAST_LINKED_STEPS[automatic]
    least_steps = max(lowest, min(highest, n_rows // ROWS_PER_LINKED_STEP))
    least, most = (-(-steps // n_steps) for steps in (least_steps, LARGE_TABLE_STEPS))
    chosen = max(least, min(most, LINKED_EPOCHS[automatic]))
    epochs = chosen if max_iter == "auto" else int(max_iter)
    return Schedule(epochs, n_steps, size)


def choose_linked_weight_decay(n_rows: int) -> float:
    """Return the decay of the weights of a decoder that links cells: the fewer rows, the more.

    Examples
    --------
    >>> choose_linked_weight_decay(7_000), choose_linked_weight_decay(35_000)
    (1.0, 0.2)
    """
    return min(1.0, 7_000 / n_rows)


def choose_schedule(
    n_rows: int,
    max_iter: int | str,
    batch_size: int | str,
    small_table_steps: int = SMALL_TABLE_STEPS,
) -> Schedule:
    """Return epochs, steps per epoch and batch size.

    An epoch draws about as many rows as the table has. Small tables train for a fixed number of steps whatever their
    size; large ones for a fixed number of epochs, or, beyond 370,000 rows, for as many as make 5,000 steps.

    Examples
    --------
    >>> choose_schedule(300, "auto", "auto", 150)
    Schedule(max_iter=50, n_steps_per_epoch=3, batch_size=128)
    >>> choose_schedule(300, 10, 50)
    Schedule(max_iter=10, n_steps_per_epoch=6, batch_size=50)
    >>> choose_schedule(1_000_000, "auto", "auto")
    Schedule(max_iter=3, n_steps_per_epoch=1954, batch_size=512)
    """
    size = (512 if n_rows >= LARGE_TABLE else 128) if batch_size == "auto" else int(batch_size)
    n_steps = max(1, -(-n_rows // size))
    if max_iter != "auto":
        return Schedule(int(max_iter), n_steps, size)
    if n_rows >= LARGE_TABLE:
        return Schedule(min(LARGE_TABLE_EPOCHS, -(-LARGE_TABLE_STEPS // n_steps)), n_steps, size)
    return Schedule(max(1, -(-small_table_steps // n_steps)), n_steps, size)


def choose_image_schedule(
    n_rows: int, max_iter: int | str, batch_size: int | str, n_steps: int
) -> Schedule:
    """Return epochs, steps per epoch and batch size for images: as many epochs as make `n_steps` steps.

    Batches are of 128; of few images they are smaller, so that an epoch of 100 images is no single step.

    Examples
    --------
    >>> choose_image_schedule(60_000, "auto", "auto", 1500)
    Schedule(max_iter=4, n_steps_per_epoch=469, batch_size=128)
    >>> choose_image_schedule(100, 20, "auto", 1500)
    Schedule(max_iter=20, n_steps_per_epoch=7, batch_size=16)
    """
    size = min(128, max(16, n_rows // 8)) if batch_size == "auto" else int(batch_size)
    n_steps_per_epoch = max(1, -(-n_rows // size))
    epochs = max(1, -(-n_steps // n_steps_per_epoch)) if max_iter == "auto" else int(max_iter)
    return Schedule(epochs, n_steps_per_epoch, size)


def choose_patch_size(image_shape: tuple[int, int, int]) -> int:
    """Return the side of the patches into which images of so many channels, pixels high and wide are cut.

    Examples
    --------
    >>> choose_patch_size((1, 28, 28)), choose_patch_size((1, 8, 8))
    (4, 2)
    """
    side = min(image_shape[1:])
    return 4 if side >= 16 else min(2, side)


def count_positions(image_shape: tuple[int, int, int]) -> int:
    """Return the number of positions of the grid on which latents of spatial networks lie, one for each patch.

    Examples
    --------
    >>> count_positions((1, 28, 28))
    49
    """
    size = choose_patch_size(image_shape)
    return -(-image_shape[1] // size) * -(-image_shape[2] // size)


def choose_drawing_epochs(
    n_rows: int, batch_size: int | str, *, between_neighbors: bool
) -> int | str:
    """Return the epochs for a model that is to draw new rows of a class.

    Draws between neighbours need only the geometry of the latents, because they reuse the residuals: on 69 tables of
    fewer than 3,000 rows, training for more than 10 epochs did not help. Large tables train as for any other purpose.

    Examples
    --------
    >>> choose_drawing_epochs(300, "auto", between_neighbors=True)
    10
    >>> choose_drawing_epochs(300, "auto", between_neighbors=False)
    50
    """
    if n_rows >= LARGE_TABLE:
        return "auto"
    if between_neighbors:
        return 10
    return choose_schedule(n_rows, "auto", batch_size, FEW_STEPS).max_iter


def choose_n_candidates(n_rows: int, n_cells: int) -> int:
    """Return the candidates for each new row: fewer where rows are many or wide, and a candidate costs more.

    Examples
    --------
    >>> choose_n_candidates(300, 20), choose_n_candidates(300, 1_500)
    (16, 4)
    >>> choose_n_candidates(8_000, 20), choose_n_candidates(30_000, 20)
    (16, 1)
    """
    if n_rows >= MOST_JUDGED_ROWS:
        return 1
    return 16 if n_cells <= WIDE_TABLE else 4
