"""Output heads: likelihoods, draws and means of a row, from the decoder's outputs."""
