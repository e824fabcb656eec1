"""Healing: takes things out of photographs and continues what surrounds them."""
