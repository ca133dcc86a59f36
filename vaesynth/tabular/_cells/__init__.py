"""One column as the cells a network reads: levels of categories, bins or standardised values of numbers."""
