"""What the portal's speed is held against: one module per figure, each a ratio measured side by side in one run."""
