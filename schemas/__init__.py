"""The contract between gate and cloud: whatever both must compute identically, and nothing else."""
