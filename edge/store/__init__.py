"""What the gate keeps on its disk: records, papers, pictures, the high-water mark of its chain."""
