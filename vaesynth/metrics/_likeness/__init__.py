"""How like real rows synthetic ones are."""
