"""What `make bench` measures. Ratios within one run are what to go by: machines differ, and so do hours."""
