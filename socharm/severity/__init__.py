"""The severity index and the model of the underlying rate."""
