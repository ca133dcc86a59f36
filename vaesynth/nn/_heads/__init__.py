"""What a decoder's outputs say of a row: likelihoods, draws and means."""
