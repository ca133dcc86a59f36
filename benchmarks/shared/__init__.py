"""What several benchmarks need: the tables, the samplers, the classifiers, their scores, where results come from."""
