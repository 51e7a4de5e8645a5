"""Shared parts of the Office Open XML formats: packages, charts, diagrams and pictures."""
