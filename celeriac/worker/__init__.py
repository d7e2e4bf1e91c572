"""What starts and accompanies an application's own process on a host."""
