"""Pictures of fitted models: their training, their latents, their scores."""
