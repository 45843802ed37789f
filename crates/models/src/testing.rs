//! Stand-ins for tests.

use vultus_inference::{InferenceError, Model, Tensor};
use vultus_types::ModelDigest;

/// A model that answers the same to every input.
pub(crate) struct FakeModel {
    names: Vec<String>,
    output: Vec<f32>,
}

impl FakeModel {
    /// A model with one output of that name.
    pub(crate) fn new(name: &str, output: &[f32]) -> Self {
        Self { names: vec![name.to_owned()], output: output.to_vec() }
    }
}

impl Model for FakeModel {
    fn digest(&self) -> ModelDigest {
        ModelDigest([0; 32])
    }

    fn output_names(&self) -> &[String] {
        &self.names
    }

    fn run(&self, _: &Tensor) -> Result<Vec<Tensor>, InferenceError> {
        Ok(vec![Tensor::new(vec![1, self.output.len()], self.output.clone())?])
    }
}

/// A gzip-compressed tar archive.
pub(crate) fn tgz(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (name, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Set directly: the setter refuses names that lead elsewhere, which hostile archives have.
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        archive.append(&header, *bytes).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// A zip archive.
pub(crate) fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;

    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}
