"""What synthetic rows give away about real ones."""
