"""What paints in this process."""
