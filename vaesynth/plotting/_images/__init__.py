"""Pictures of images, and of what a model makes of them."""
