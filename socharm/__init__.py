"""socharm: rank places by the harm that serious and organised crime does there."""
