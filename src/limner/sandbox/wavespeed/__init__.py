"""WaveSpeed's predictions, prices, uploads and webhooks, emulated."""
