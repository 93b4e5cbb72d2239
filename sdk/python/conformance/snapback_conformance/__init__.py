"""Goes through the list of sdk/conformance with both clients: `python -m snapback_conformance`."""
