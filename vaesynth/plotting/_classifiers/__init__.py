"""Pictures of how well classifiers do, with and without resampling."""
