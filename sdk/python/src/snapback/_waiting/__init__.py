"""What takes several requests: waiting for an end, and the gate of a deployment."""
