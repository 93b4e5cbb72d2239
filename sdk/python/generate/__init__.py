"""Makes the typed part of the package from the contract."""
