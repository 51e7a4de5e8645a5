"""What the formats of Office Open XML share: their packages, charts, diagrams and pictures."""
