"""What at least two vendors share."""
