"""AUTOMATIC1111's web UI and its forks, on a server of one's own."""
