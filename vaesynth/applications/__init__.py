"""What variational autoencoders are for besides new rows: detect, denoise, fill in, compress, design."""

from vaesynth.applications._compression import StreamError, VQVAECompressor
from vaesynth.applications._design import Counterfactuals, DesignResult, LatentDesigner
from vaesynth.applications._filling import VAEDenoiser, VAEImputer
from vaesynth.applications._outliers import VAEOutlierDetector

__all__ = [
    "Counterfactuals",
    "DesignResult",
    "LatentDesigner",
    "StreamError",
    "VAEDenoiser",
    "VAEImputer",
    "VAEOutlierDetector",
    "VQVAECompressor",
]

# What other rooms and saved files need, and users do not: a file names a class by its room.
from vaesynth.applications._compression._bits_back import BitsBackCoder as BitsBackCoder
from vaesynth.applications._compression._bits_back import BitsBackNetworks as BitsBackNetworks
from vaesynth.applications._compression._fixed_point import FixedPointLayer as FixedPointLayer
from vaesynth.applications._compression._fixed_point import FixedPointNetwork as FixedPointNetwork
from vaesynth.applications._compression._grid_coder import GridCoder as GridCoder
from vaesynth.applications._compression._level_coder import Exponentials as Exponentials
from vaesynth.applications._compression._level_coder import LevelCoder as LevelCoder
from vaesynth.applications._compression._modes import LosslessImages as LosslessImages
from vaesynth.applications._compression._modes import LossyImages as LossyImages
from vaesynth.applications._compression._modes import LossyTables as LossyTables
from vaesynth.applications._compression._sequence_coder import SequenceCoder as SequenceCoder
from vaesynth.applications._filling._joint_normal import JointNormal as JointNormal
from vaesynth.applications._filling._linear_part import LinearPart as LinearPart
from vaesynth.applications._filling._partial_tables import PartialTableCodec as PartialTableCodec
from vaesynth.applications._outliers._bound_score import BoundScore as BoundScore
from vaesynth.applications._outliers._distance_columns import DistanceColumns as DistanceColumns
from vaesynth.applications._outliers._distance_columns import NumberScale as NumberScale
from vaesynth.applications._outliers._local_distance import LocalDistance as LocalDistance
from vaesynth.applications._outliers._neighbor_score import NeighborScore as NeighborScore
from vaesynth.applications._outliers._whitening import Whitening as Whitening
