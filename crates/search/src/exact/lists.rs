//! Named lists of slots: the galleries and the subjects of an account.

use std::collections::HashMap;
use std::sync::Arc;

/// Lists of slots, each with a name and a number. A list exists as long as something is in it; numbers of
/// lists that ended are used again.
#[derive(Default)]
pub(super) struct NamedLists {
    numbers: HashMap<Arc<str>, u32>,
    lists: Vec<NamedList>,
    free: Vec<u32>,
}

struct NamedList {
    name: Arc<str>,
    /// Rising, so that a scan walks forward through memory.
    slots: Vec<u32>,
}

impl NamedLists {
    /// Puts a slot on the list of that name and tells the list's number.
    pub(super) fn add(&mut self, name: &str, slot: u32) -> u32 {
        let number = self.numbers.get(name).copied().unwrap_or_else(|| self.open(name));
        let slots = &mut self.lists[number as usize].slots;
        if let Err(place) = slots.binary_search(&slot) {
            slots.insert(place, slot);
        }
        number
    }

    /// Takes a slot off the list with that number.
    pub(super) fn remove(&mut self, number: u32, slot: u32) {
        let list = &mut self.lists[number as usize];
        if let Ok(place) = list.slots.binary_search(&slot) {
            list.slots.remove(place);
        }
        if list.slots.is_empty() && self.numbers.remove(&list.name).is_some() {
            list.slots = Vec::new();
            list.name = Arc::default();
            self.free.push(number);
        }
    }

    /// The number of the list of that name.
    pub(super) fn number(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// The slots on the list of that name, rising; empty where there is none.
    pub(super) fn slots(&self, name: &str) -> &[u32] {
        self.number(name).map_or(&[], |number| &self.lists[number as usize].slots)
    }

    /// The name of a list.
    pub(super) fn name(&self, number: u32) -> &str {
        &self.lists[number as usize].name
    }

    fn open(&mut self, name: &str) -> u32 {
        let name: Arc<str> = name.into();
        let list = NamedList { name: Arc::clone(&name), slots: Vec::new() };
        let number = if let Some(number) = self.free.pop() {
            self.lists[number as usize] = list;
            number
        } else {
            self.lists.push(list);
            self.lists.len() as u32 - 1
        };
        self.numbers.insert(name, number);
        number
    }
}
