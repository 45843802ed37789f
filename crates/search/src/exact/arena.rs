//! Vectors of one length, packed.

/// Rows of f32 of one length in blocks. A block is never moved once it is full, so that growth copies one
/// block at most; the last one grows like a `Vec`, so that small accounts stay small.
pub(crate) struct Arena {
    dimension: usize,
    blocks: Vec<Vec<f32>>,
}

/// Rows per block: half a MiB for vectors of 128.
const BLOCK_ROWS: usize = 1024;

impl Arena {
    /// An arena without rows.
    pub(crate) fn new(dimension: usize) -> Self {
        Self { dimension, blocks: Vec::new() }
    }

    /// Adds a row behind all others.
    pub(crate) fn push(&mut self, row: &[f32]) {
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK_ROWS * self.dimension => block.extend_from_slice(row),
            _ => self.blocks.push(row.to_vec()),
        }
    }

    /// The row with that number.
    pub(crate) fn row(&self, slot: u32) -> &[f32] {
        let (block, start) = self.place(slot);
        &self.blocks[block][start..start + self.dimension]
    }

    /// The row with that number, to be written.
    pub(crate) fn row_mut(&mut self, slot: u32) -> &mut [f32] {
        let (block, start) = self.place(slot);
        &mut self.blocks[block][start..start + self.dimension]
    }

    /// How many bytes the rows take, those reserved included.
    pub(crate) fn bytes(&self) -> usize {
        self.blocks.iter().map(|block| block.capacity() * size_of::<f32>()).sum()
    }

    fn place(&self, slot: u32) -> (usize, usize) {
        let slot = slot as usize;
        (slot / BLOCK_ROWS, slot % BLOCK_ROWS * self.dimension)
    }
}
