"""Ways to meet imbalance, compared by cross-validation."""
