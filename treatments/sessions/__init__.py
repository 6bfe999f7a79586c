"""What happened: treatment sessions, signed once and then frozen."""
