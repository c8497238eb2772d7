"""What this machine has, and the lock that keeps two measuring runs off it."""
