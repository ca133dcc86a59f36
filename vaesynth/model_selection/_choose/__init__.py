"""A way to meet imbalance, chosen by cross-validation on real rows."""
