"""Over-samplers of rows together with their targets: numbers and sets of labels."""
