//! Writes small checkpoints for tests, opcode by opcode.

/// A tensor that fills its storage.
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) key: String,
    pub(super) shape: Vec<usize>,
    pub(super) data: Vec<f32>,
}

impl Stored {
    pub(super) fn new(name: &str, key: &str, shape: &[usize], data: &[f32]) -> Self {
        Self { name: name.to_owned(), key: key.to_owned(), shape: shape.to_vec(), data: data.to_vec() }
    }
}

/// A checkpoint whose object is pickled as `object`, followed by the storages.
pub(super) fn checkpoint(object: &[u8], storages: &[Stored]) -> Vec<u8> {
    let keys: Vec<Vec<u8>> = storages.iter().map(|storage| text(&storage.key)).collect();
    let mut bytes = head();
    bytes.extend(pickle(object));
    bytes.extend(pickle(&[b"](", keys.concat().as_slice(), b"e"].concat()));
    for storage in storages {
        bytes.extend((storage.data.len() as u64).to_le_bytes());
        bytes.extend(storage.data.iter().flat_map(|value| value.to_le_bytes()));
    }
    bytes
}

/// What precedes the object.
pub(super) fn head() -> Vec<u8> {
    let mut bytes = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.".to_vec();
    bytes.extend(pickle(b"M\xe9\x03"));
    bytes.extend(pickle(&[b"}(", text("little_endian").as_slice(), b"\x88u"].concat()));
    bytes
}

/// `{"model_state": OrderedDict(…)}` with the tensors by name.
pub(super) fn model_state(tensors: &[Stored]) -> Vec<u8> {
    let items: Vec<(String, Vec<u8>)> =
        tensors.iter().map(|tensor| (tensor.name.clone(), whole(tensor))).collect();
    let state = [b"ccollections\nOrderedDict\n)R".to_vec(), set_items(&items)].concat();
    [b"}".to_vec(), set_items(&[("model_state".to_owned(), state)])].concat()
}

/// `{name: tensor}`.
pub(super) fn one(name: &str, tensor: &[u8]) -> Vec<u8> {
    [b"}".to_vec(), set_items(&[(name.to_owned(), tensor.to_vec())])].concat()
}

fn set_items(items: &[(String, Vec<u8>)]) -> Vec<u8> {
    let pairs: Vec<Vec<u8>> =
        items.iter().map(|(name, value)| [text(name), value.clone()].concat()).collect();
    [b"(".as_slice(), pairs.concat().as_slice(), b"u"].concat()
}

fn whole(tensor: &Stored) -> Vec<u8> {
    let shape: Vec<i32> = tensor.shape.iter().map(|len| *len as i32).collect();
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    window("FloatStorage", &tensor.key, tensor.data.len() as i32, 0, &shape, &strides)
}

/// A tensor as a window into the storage `key` of `len` numbers.
pub(super) fn window(
    class: &str,
    key: &str,
    len: i32,
    offset: i32,
    shape: &[i32],
    strides: &[i32],
) -> Vec<u8> {
    let tuple = |numbers: &[i32]| {
        let numbers: Vec<Vec<u8>> = numbers.iter().map(|number| int(*number)).collect();
        [b"(".as_slice(), numbers.concat().as_slice(), b"t"].concat()
    };
    let mut bytes = b"ctorch._utils\n_rebuild_tensor_v2\n((".to_vec();
    bytes.extend(text("storage"));
    bytes.extend(format!("ctorch\n{class}\n").into_bytes());
    bytes.extend([text(key), text("cpu"), int(len), b"NtQ".to_vec(), int(offset)].concat());
    bytes.extend([tuple(shape), tuple(strides)].concat());
    bytes.extend(b"\x89ccollections\nOrderedDict\n)RtR");
    bytes
}

/// A pickle of protocol 2 around opcodes.
fn pickle(opcodes: &[u8]) -> Vec<u8> {
    [b"\x80\x02", opcodes, b"."].concat()
}

pub(super) fn text(text: &str) -> Vec<u8> {
    [b"X".as_slice(), (text.len() as u32).to_le_bytes().as_slice(), text.as_bytes()].concat()
}

pub(super) fn int(number: i32) -> Vec<u8> {
    [b"J".as_slice(), number.to_le_bytes().as_slice()].concat()
}
