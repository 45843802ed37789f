//! A pickle reader that executes nothing: it knows the few opcodes and the few names that a plain PyTorch
//! checkpoint is made of and refuses everything else.
//!
//! Values live in an [`Arena`] and refer to each other by index, so that a pickle that shares, nests or even
//! contains itself costs memory in proportion to its length and never recursion.

use std::collections::HashMap;

use super::cursor::{Cursor, Truncated};

/// Opcodes read from one pickle at most; the voice encoder's checkpoint has about 1,700.
const MAX_OPCODES: usize = 1 << 18;
/// Values on the stack at most.
const MAX_STACK: usize = 1 << 16;
/// Memo entries at most.
const MAX_MEMO: usize = 1 << 16;
/// Longest text in bytes; names of tensors are a few dozen.
const MAX_TEXT: usize = 256;
/// Dimensions of a tensor at most.
const MAX_RANK: usize = 8;

/// Why a pickle is refused; offsets count bytes from the start of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PickleError {
    /// The file ends inside the pickle.
    #[error("the file ends inside the pickle at byte {offset}")]
    Truncated { offset: usize },
    /// An opcode that plain tensors do not need.
    #[error("opcode {opcode:#04x} at byte {offset} is not allowed")]
    Opcode {
        /// The opcode.
        opcode: u8,
        /// Where it stands.
        offset: usize,
    },
    /// A class or function that plain tensors do not need.
    #[error("the name {name:?} at byte {offset} is not allowed")]
    Global {
        /// `module.name` as the pickle has it.
        name: String,
        /// Where it stands.
        offset: usize,
    },
    /// More of something than a checkpoint of this kind has.
    #[error("too many {what} at byte {offset}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// Where the limit was met.
        offset: usize,
    },
    /// The opcodes do not fit together.
    #[error("{what} at byte {offset}")]
    Malformed {
        /// What was found.
        what: &'static str,
        /// Where it was found.
        offset: usize,
    },
}

impl From<Truncated> for PickleError {
    fn from(truncated: Truncated) -> Self {
        Self::Truncated { offset: truncated.offset }
    }
}

/// The number format of a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    F16,
    F32,
    F64,
}

impl Element {
    /// Bytes of one number.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }
}

/// The names that a pickle may mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    RebuildTensor,
    Storage(Element),
}

impl Global {
    fn find(module: &[u8], name: &[u8]) -> Option<Self> {
        match (module, name) {
            (b"collections", b"OrderedDict") => Some(Self::OrderedDict),
            (b"torch._utils", b"_rebuild_tensor_v2") => Some(Self::RebuildTensor),
            (b"torch", b"HalfStorage") => Some(Self::Storage(Element::F16)),
            (b"torch", b"FloatStorage") => Some(Self::Storage(Element::F32)),
            (b"torch", b"DoubleStorage") => Some(Self::Storage(Element::F64)),
            _ => None,
        }
    }
}

/// One value; what does not fit in it lies in the [`Arena`] under the index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    None,
    Bool,
    Int(i64),
    Float,
    Text(usize),
    Tuple(usize),
    List(usize),
    Dict(usize),
    Global(Global),
    Storage(usize),
    Tensor(usize),
}

/// A storage as the pickle describes it; its numbers follow elsewhere in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StorageRef {
    pub(super) key: String,
    pub(super) element: Element,
    /// Numbers in it.
    pub(super) len: usize,
}

/// A tensor as the pickle describes it: a window into a storage, everything counted in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TensorRef {
    /// Index into [`Arena::storages`].
    pub(super) storage: usize,
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<usize>,
}

/// Everything that one pickle made.
#[derive(Debug, Default)]
pub(super) struct Arena {
    pub(super) texts: Vec<String>,
    pub(super) tuples: Vec<Vec<Value>>,
    pub(super) lists: Vec<Vec<Value>>,
    pub(super) dicts: Vec<Vec<(Value, Value)>>,
    pub(super) storages: Vec<StorageRef>,
    pub(super) tensors: Vec<TensorRef>,
}

impl Arena {
    /// The text behind a value, if it is one.
    pub(super) fn text(&self, value: Value) -> Option<&str> {
        match value {
            Value::Text(index) => Some(self.texts[index].as_str()),
            _ => None,
        }
    }

    fn tuple(&self, value: Value) -> Option<&[Value]> {
        match value {
            Value::Tuple(index) => Some(self.tuples[index].as_slice()),
            _ => None,
        }
    }

    fn sizes(&self, value: Value) -> Option<Vec<usize>> {
        let items = self.tuple(value).filter(|items| items.len() <= MAX_RANK)?;
        items.iter().map(|item| size(*item)).collect()
    }
}

/// Reads one pickle from its first opcode to its STOP.
pub(super) fn load(cursor: &mut Cursor<'_>) -> Result<(Value, Arena), PickleError> {
    let mut machine = Machine {
        cursor,
        at: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        arena: Arena::default(),
    };
    for _ in 0..MAX_OPCODES {
        if let Some(value) = machine.step()? {
            return Ok((value, machine.arena));
        }
    }
    Err(machine.limit("opcodes"))
}

struct Machine<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    /// Where the opcode being carried out stands.
    at: usize,
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    arena: Arena,
}

impl Machine<'_, '_> {
    /// Carries out one opcode; the pickle's value at STOP.
    fn step(&mut self) -> Result<Option<Value>, PickleError> {
        self.at = self.cursor.position();
        let opcode = self.cursor.u8()?;
        match opcode {
            b'.' => return self.pop().map(Some),
            0x80 => {
                if self.cursor.u8()? != 2 {
                    return Err(self.malformed("a pickle protocol other than 2"));
                }
            }
            b'(' => self.marks.push(self.stack.len()),
            b'N' => self.push(Value::None)?,
            0x88 | 0x89 => self.push(Value::Bool)?,
            b'K' | b'M' | b'J' | 0x8a | b'G' => self.number(opcode)?,
            b'X' => self.text()?,
            b'}' => self.push_dict(Vec::new())?,
            b']' => self.push_list()?,
            b')' => self.push_tuple(Vec::new())?,
            b't' | 0x85..=0x87 => self.tuple(opcode)?,
            b'q' | b'r' | b'h' | b'j' => self.memo(opcode)?,
            b'a' | b'e' => self.append(opcode == b'e')?,
            b's' | b'u' => self.set_items(opcode == b'u')?,
            b'c' => self.global()?,
            b'Q' => self.storage()?,
            b'R' => self.reduce()?,
            b'b' => self.build()?,
            _ => return Err(PickleError::Opcode { opcode, offset: self.at }),
        }
        if self.marks.len() > MAX_STACK {
            return Err(self.limit("marks"));
        }
        Ok(None)
    }

    fn number(&mut self, opcode: u8) -> Result<(), PickleError> {
        let value = match opcode {
            b'K' => Value::Int(i64::from(self.cursor.u8()?)),
            b'M' => Value::Int(i64::from(u16::from_le_bytes(self.cursor.array()?))),
            b'J' => Value::Int(i64::from(i32::from_le_bytes(self.cursor.array()?))),
            b'G' => {
                self.cursor.take(8)?;
                Value::Float
            }
            _ => {
                let len = usize::from(self.cursor.u8()?);
                let bytes = self.cursor.take(len)?;
                Value::Int(long(bytes).ok_or_else(|| self.malformed("an integer of more than 8 bytes"))?)
            }
        };
        self.push(value)
    }

    fn text(&mut self) -> Result<(), PickleError> {
        let len = u32::from_le_bytes(self.cursor.array()?) as usize;
        if len > MAX_TEXT {
            return Err(self.limit("bytes of text"));
        }
        let bytes = self.cursor.take(len)?;
        let text = str::from_utf8(bytes).map_err(|_| self.malformed("a text that is not UTF-8"))?;
        self.arena.texts.push(text.to_owned());
        self.push(Value::Text(self.arena.texts.len() - 1))
    }

    fn tuple(&mut self, opcode: u8) -> Result<(), PickleError> {
        let items = if opcode == b't' {
            self.pop_mark()?
        } else {
            let count = usize::from(opcode - 0x84);
            let start = self.stack.len().checked_sub(count).filter(|start| *start >= self.floor());
            self.stack.split_off(start.ok_or_else(|| self.malformed("an empty stack"))?)
        };
        self.push_tuple(items)
    }

    fn memo(&mut self, opcode: u8) -> Result<(), PickleError> {
        let key = match opcode {
            b'q' | b'h' => u32::from(self.cursor.u8()?),
            _ => u32::from_le_bytes(self.cursor.array()?),
        };
        if matches!(opcode, b'h' | b'j') {
            let value = self.memo.get(&key).copied();
            return self.push(value.ok_or_else(|| self.malformed("an unknown memo entry"))?);
        }
        let value = self.top()?;
        self.memo.insert(key, value);
        if self.memo.len() > MAX_MEMO { Err(self.limit("memo entries")) } else { Ok(()) }
    }

    fn append(&mut self, many: bool) -> Result<(), PickleError> {
        let items = if many { self.pop_mark()? } else { vec![self.pop()?] };
        match self.top()? {
            Value::List(index) => self.arena.lists[index].extend(items),
            _ => return Err(self.malformed("an append to something that is not a list")),
        }
        Ok(())
    }

    fn set_items(&mut self, many: bool) -> Result<(), PickleError> {
        let items = if many {
            self.pop_mark()?
        } else {
            let value = self.pop()?;
            vec![self.pop()?, value]
        };
        let (pairs, rest) = items.as_chunks::<2>();
        match self.top()? {
            Value::Dict(index) if rest.is_empty() => {
                self.arena.dicts[index].extend(pairs.iter().map(|[key, value]| (*key, *value)));
                Ok(())
            }
            _ => Err(self.malformed("entries that no dictionary can take")),
        }
    }

    fn global(&mut self) -> Result<(), PickleError> {
        let module = self.cursor.line(MAX_TEXT)?;
        let name = self.cursor.line(MAX_TEXT)?;
        let global = Global::find(module, name).ok_or_else(|| PickleError::Global {
            name: format!("{}.{}", String::from_utf8_lossy(module), String::from_utf8_lossy(name)),
            offset: self.at,
        })?;
        self.push(Value::Global(global))
    }

    /// A persistent id is the tuple `("storage", class, key, device, numbers, None)`.
    fn storage(&mut self) -> Result<(), PickleError> {
        let id = self.pop()?;
        let storage = self.storage_of(id).ok_or_else(|| self.malformed("a storage that is not plain"))?;
        self.arena.storages.push(storage);
        self.push(Value::Storage(self.arena.storages.len() - 1))
    }

    fn storage_of(&self, id: Value) -> Option<StorageRef> {
        let &[tag, Value::Global(Global::Storage(element)), key, _device, len, Value::None] =
            self.arena.tuple(id)?
        else {
            return None;
        };
        if self.arena.text(tag)? != "storage" {
            return None;
        }
        Some(StorageRef { key: self.arena.text(key)?.to_owned(), element, len: size(len)? })
    }

    /// The only calls known are those that make an empty ordered dictionary and a tensor; neither calls
    /// anything here.
    fn reduce(&mut self) -> Result<(), PickleError> {
        let arguments = self.pop()?;
        match self.pop()? {
            Value::Global(Global::OrderedDict) if self.arena.tuple(arguments) == Some(&[]) => {
                self.push_dict(Vec::new())
            }
            Value::Global(Global::RebuildTensor) => {
                let tensor = self.tensor_of(arguments);
                let tensor = tensor.ok_or_else(|| self.malformed("a tensor that is not plain"))?;
                self.arena.tensors.push(tensor);
                self.push(Value::Tensor(self.arena.tensors.len() - 1))
            }
            _ => Err(self.malformed("a call that plain tensors do not need")),
        }
    }

    /// A tensor's arguments are `(storage, offset, sizes, strides, requires_grad, hooks)`.
    fn tensor_of(&self, arguments: Value) -> Option<TensorRef> {
        let &[Value::Storage(storage), offset, shape, strides, Value::Bool, _hooks] =
            self.arena.tuple(arguments)?
        else {
            return None;
        };
        let (shape, strides) = (self.arena.sizes(shape)?, self.arena.sizes(strides)?);
        (shape.len() == strides.len()).then_some(())?;
        Some(TensorRef { storage, offset: size(offset)?, shape, strides })
    }

    /// A dictionary's attributes carry versions of its layers and are dropped.
    fn build(&mut self) -> Result<(), PickleError> {
        self.pop()?;
        match self.top()? {
            Value::Dict(_) => Ok(()),
            _ => Err(self.malformed("attributes on something that is not a dictionary")),
        }
    }

    fn push(&mut self, value: Value) -> Result<(), PickleError> {
        if self.stack.len() >= MAX_STACK {
            return Err(self.limit("values on the stack"));
        }
        self.stack.push(value);
        Ok(())
    }

    fn push_tuple(&mut self, items: Vec<Value>) -> Result<(), PickleError> {
        self.arena.tuples.push(items);
        self.push(Value::Tuple(self.arena.tuples.len() - 1))
    }

    fn push_list(&mut self) -> Result<(), PickleError> {
        self.arena.lists.push(Vec::new());
        self.push(Value::List(self.arena.lists.len() - 1))
    }

    fn push_dict(&mut self, pairs: Vec<(Value, Value)>) -> Result<(), PickleError> {
        self.arena.dicts.push(pairs);
        self.push(Value::Dict(self.arena.dicts.len() - 1))
    }

    /// The height below which the innermost open mark hides the stack.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<Value, PickleError> {
        self.stack[self.floor()..].last().copied().ok_or_else(|| self.malformed("an empty stack"))
    }

    fn pop(&mut self) -> Result<Value, PickleError> {
        let value = self.top()?;
        self.stack.pop();
        Ok(value)
    }

    fn pop_mark(&mut self) -> Result<Vec<Value>, PickleError> {
        let mark = self.marks.pop().ok_or_else(|| self.malformed("no mark"))?;
        Ok(self.stack.split_off(mark))
    }

    fn malformed(&self, what: &'static str) -> PickleError {
        PickleError::Malformed { what, offset: self.at }
    }

    fn limit(&self, what: &'static str) -> PickleError {
        PickleError::Limit { what, offset: self.at }
    }
}

fn size(value: Value) -> Option<usize> {
    match value {
        Value::Int(number) => usize::try_from(number).ok(),
        _ => None,
    }
}

/// A little-endian two's complement number of at most 8 bytes.
fn long(bytes: &[u8]) -> Option<i64> {
    let sign = if bytes.last().is_some_and(|last| *last >= 0x80) { 0xff } else { 0 };
    let mut wide = [sign; 8];
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(wide))
}
