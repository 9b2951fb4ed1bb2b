"""Frozen values, the exception tree, the business calendar and the signer; standard library only."""
