"""Synthetic speech with exact phone times: synthesis, augmentation, log-mel features and mouth coefficients."""
