//! From the bytes of a checkpoint to its tensors by name.

use std::collections::BTreeMap;

use half::f16;

use super::TorchTensor;
use super::cursor::{Cursor, Truncated};
use super::pickle::{Arena, Element, PickleError, StorageRef, TensorRef, Value, load};
use crate::import::ImportError;

/// The pickled number 0x1950a86a20f9469cfc6c, with which every checkpoint of the older form begins.
const HEAD: [u8; 15] = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];
/// How a zip archive begins: the newer form of checkpoint, which is not read here.
const ZIP_HEAD: &[u8] = b"PK\x03\x04";
/// The version of the older form.
const PROTOCOL: i64 = 1001;
/// Dictionaries, lists and leaves visited at most; the voice encoder's checkpoint has about 200.
const MAX_ENTRIES: usize = 1 << 13;
/// Dictionaries and lists within each other at most.
const MAX_DEPTH: usize = 8;

/// Reads every tensor of a checkpoint. A tensor's name is its path through the dictionaries and lists
/// around it, joined with dots: `model_state.linear.weight`, `optimizer_state.state.17.exp_avg`.
///
/// `file` is the name that errors mention. Nothing in the file is executed: opcodes and names beyond those
/// that plain tensors need are refused, and the tensors together hold at most as many numbers as the file
/// has bytes.
pub fn read_checkpoint(file: &str, bytes: &[u8]) -> Result<BTreeMap<String, TorchTensor>, ImportError> {
    let fault = |error: PickleError| import_error(file, error);
    let mut cursor = Cursor::new(bytes);
    check_head(file, bytes, &mut cursor)?;
    let (protocol, _) = load(&mut cursor).map_err(fault)?;
    if protocol != Value::Int(PROTOCOL) {
        return Err(malformed(file, "unknown version of the checkpoint form"));
    }
    load(&mut cursor).map_err(fault)?;
    let (root, arena) = load(&mut cursor).map_err(fault)?;
    let (keys, key_arena) = load(&mut cursor).map_err(fault)?;
    let keys = storage_keys(file, keys, &key_arena)?;
    let storages = read_storages(file, &mut cursor, &keys, &arena)?;
    let mut named = Vec::new();
    collect(file, &arena, root, &mut named)?;
    Extractor { file, arena: &arena, storages: &storages, budget: bytes.len() }.extract(&named)
}

fn check_head(file: &str, bytes: &[u8], cursor: &mut Cursor<'_>) -> Result<(), ImportError> {
    if bytes.starts_with(ZIP_HEAD) {
        return Err(malformed(file, "a checkpoint in the zip form, which is not supported"));
    }
    match cursor.take(HEAD.len()) {
        Ok(head) if head == HEAD => Ok(()),
        _ => Err(malformed(file, "not a PyTorch checkpoint")),
    }
}

/// The storages' keys in the order in which their numbers follow.
fn storage_keys<'a>(file: &str, keys: Value, arena: &'a Arena) -> Result<Vec<&'a str>, ImportError> {
    let keys = match keys {
        Value::List(index) => {
            arena.lists[index].iter().map(|key| arena.text(*key)).collect::<Option<Vec<_>>>()
        }
        _ => None,
    };
    keys.ok_or_else(|| malformed(file, "the list of storages is not a list of texts"))
}

/// The numbers of each storage by its key; every byte to the end of the file belongs to one.
fn read_storages<'a>(
    file: &str,
    cursor: &mut Cursor<'a>,
    keys: &[&str],
    arena: &Arena,
) -> Result<BTreeMap<String, &'a [u8]>, ImportError> {
    let mut described: BTreeMap<&str, &StorageRef> = BTreeMap::new();
    for storage in &arena.storages {
        if *described.entry(&storage.key).or_insert(storage) != storage {
            return Err(malformed(file, &format!("storage {:?} is described in two ways", storage.key)));
        }
    }
    let mut storages = BTreeMap::new();
    for key in keys {
        let storage = described
            .get(key)
            .ok_or_else(|| malformed(file, &format!("storage {key:?} belongs to no tensor")))?;
        if storages.insert((*key).to_owned(), read_storage(file, cursor, storage)?).is_some() {
            return Err(malformed(file, &format!("storage {key:?} is listed twice")));
        }
    }
    if cursor.is_at_end() { Ok(storages) } else { Err(malformed(file, "bytes after the last storage")) }
}

fn read_storage<'a>(
    file: &str,
    cursor: &mut Cursor<'a>,
    storage: &StorageRef,
) -> Result<&'a [u8], ImportError> {
    let tensor = || format!("storage {}", storage.key);
    let len = cursor.array().map(u64::from_le_bytes).map_err(|error| import_error(file, error.into()))?;
    if len != storage.len as u64 {
        let actual = usize::try_from(len).unwrap_or(usize::MAX);
        return Err(ImportError::WrongLength {
            file: file.to_owned(),
            tensor: tensor(),
            expected: storage.len,
            actual,
        });
    }
    let size = storage.len.checked_mul(storage.element.size());
    let expected = size.ok_or_else(|| ImportError::TooLarge { file: file.to_owned(), tensor: tensor() })?;
    let at = cursor.position();
    cursor.take(expected).map_err(|Truncated { offset }| ImportError::Truncated {
        file: file.to_owned(),
        tensor: tensor(),
        expected,
        actual: offset - at,
    })
}

/// Finds the tensors below a value, breadth first, so that neither nesting nor cycles cost stack or end in
/// a loop.
fn collect(
    file: &str,
    arena: &Arena,
    root: Value,
    named: &mut Vec<(String, usize)>,
) -> Result<(), ImportError> {
    let mut level = vec![(String::new(), root)];
    let mut visited = 0;
    for _ in 0..=MAX_DEPTH {
        let mut below = Vec::new();
        for (path, value) in level {
            match value {
                Value::Tensor(index) => named.push((path, index)),
                Value::Dict(index) => {
                    for (key, value) in &arena.dicts[index] {
                        below.push((join(&path, &key_text(file, arena, *key)?), *value));
                    }
                }
                Value::List(index) => {
                    let items = arena.lists[index].iter().enumerate();
                    below.extend(items.map(|(at, value)| (join(&path, &at.to_string()), *value)));
                }
                _ => {}
            }
            visited += 1;
            if visited + below.len() > MAX_ENTRIES {
                return Err(malformed(file, "too many entries"));
            }
        }
        if below.is_empty() {
            return Ok(());
        }
        level = below;
    }
    Err(malformed(file, "dictionaries nested too deeply"))
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn key_text(file: &str, arena: &Arena, key: Value) -> Result<String, ImportError> {
    match key {
        Value::Int(number) => Ok(number.to_string()),
        key => arena
            .text(key)
            .map(str::to_owned)
            .ok_or_else(|| malformed(file, "a dictionary key that is neither a text nor an integer")),
    }
}

/// Copies tensors out of the storages.
struct Extractor<'a> {
    file: &'a str,
    arena: &'a Arena,
    storages: &'a BTreeMap<String, &'a [u8]>,
    /// Numbers that all further tensors together may hold.
    budget: usize,
}

impl Extractor<'_> {
    fn extract(mut self, named: &[(String, usize)]) -> Result<BTreeMap<String, TorchTensor>, ImportError> {
        let mut tensors = BTreeMap::new();
        for (name, index) in named {
            let tensor = self.tensor(name, &self.arena.tensors[*index])?;
            if tensors.insert(name.clone(), tensor).is_some() {
                return Err(malformed(self.file, &format!("tensor {name:?} occurs twice")));
            }
        }
        Ok(tensors)
    }

    fn tensor(&mut self, name: &str, tensor: &TensorRef) -> Result<TorchTensor, ImportError> {
        let too_large = || ImportError::TooLarge { file: self.file.to_owned(), tensor: name.to_owned() };
        let count = tensor.shape.iter().try_fold(1_usize, |count, len| count.checked_mul(*len));
        let count = count.filter(|count| *count <= self.budget).ok_or_else(too_large)?;
        let storage = &self.arena.storages[tensor.storage];
        let end = end_of_window(tensor).ok_or_else(too_large)?;
        if end > storage.len {
            return Err(ImportError::BadShape {
                file: self.file.to_owned(),
                tensor: name.to_owned(),
                detail: format!("it ends at {end} of a storage of {}", storage.len),
            });
        }
        let bytes = self.storages.get(&storage.key).ok_or_else(|| ImportError::MissingTensor {
            file: self.file.to_owned(),
            tensor: format!("{name} (storage {})", storage.key),
        })?;
        self.budget -= count;
        let data = (0..count).map(|flat| number(bytes, storage.element, position(tensor, flat))).collect();
        Ok(TorchTensor { shape: tensor.shape.clone(), data })
    }
}

/// One past the last number that a tensor reaches; `None` when that is beyond any storage.
fn end_of_window(tensor: &TensorRef) -> Option<usize> {
    if tensor.shape.contains(&0) {
        return Some(tensor.offset);
    }
    let reach = tensor
        .shape
        .iter()
        .zip(&tensor.strides)
        .try_fold(tensor.offset, |end, (len, stride)| end.checked_add((len - 1).checked_mul(*stride)?));
    reach?.checked_add(1)
}

/// Where in the storage the number with a row-major index lies.
fn position(tensor: &TensorRef, flat: usize) -> usize {
    let axes = tensor.shape.iter().zip(&tensor.strides).rev();
    axes.fold((tensor.offset, flat), |(at, rest), (len, stride)| (at + rest % len * stride, rest / len)).0
}

/// One number of a storage; the caller has checked that it lies inside.
fn number(bytes: &[u8], element: Element, index: usize) -> f32 {
    let at = index * element.size();
    match element {
        Element::F16 => f16::from_le_bytes(array(&bytes[at..])).to_f32(),
        Element::F32 => f32::from_le_bytes(array(&bytes[at..])),
        Element::F64 => f64::from_le_bytes(array(&bytes[at..])) as f32,
    }
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}

fn malformed(file: &str, detail: &str) -> ImportError {
    ImportError::Malformed { file: file.to_owned(), detail: detail.to_owned() }
}

fn import_error(file: &str, error: PickleError) -> ImportError {
    match error {
        PickleError::Opcode { opcode, offset } => ImportError::UnknownOp {
            file: file.to_owned(),
            node: format!("at byte {offset}"),
            op: format!("{opcode:#04x}"),
        },
        PickleError::Global { name, offset } => {
            ImportError::UnknownOp { file: file.to_owned(), node: format!("at byte {offset}"), op: name }
        }
        other => malformed(file, &other.to_string()),
    }
}

#[cfg(test)]
mod tests;
