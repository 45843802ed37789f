use proptest::prelude::*;

use super::super::fixtures::{Stored, checkpoint, head, int, model_state, one, text, window};
use super::*;

const DATA: [f32; 6] = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];

fn storage() -> Vec<Stored> {
    vec![Stored::new("w", "7", &[2, 3], &DATA)]
}

/// Reads a checkpoint whose object is `object` and whose only storage, key 7, has six numbers.
fn read(object: &[u8]) -> Result<BTreeMap<String, TorchTensor>, ImportError> {
    read_checkpoint("x.pt", &checkpoint(object, &storage()))
}

/// The error of a checkpoint without storages.
fn bare_message(object: &[u8]) -> String {
    read_checkpoint("x.pt", &checkpoint(object, &[])).unwrap_err().to_string()
}

fn message(object: &[u8]) -> String {
    read(object).unwrap_err().to_string()
}

#[test]
fn tensors_are_read_by_their_paths() {
    let stored = [Stored::new("w", "7", &[2, 3], &DATA), Stored::new("b", "8", &[], &[0.5])];
    let tensors = read_checkpoint("x.pt", &checkpoint(&model_state(&stored), &stored)).unwrap();
    assert_eq!(tensors.len(), 2);
    assert_eq!(tensors["model_state.w"], TorchTensor { shape: vec![2, 3], data: DATA.to_vec() });
    assert_eq!(tensors["model_state.b"], TorchTensor { shape: vec![], data: vec![0.5] });
}

#[test]
fn offsets_and_strides_select_from_the_storage() {
    let column = read(&one("w", &window("FloatStorage", "7", 6, 1, &[2], &[3]))).unwrap();
    assert_eq!(column["w"].data, [1.0, 4.0]);
    let transposed = read(&one("w", &window("FloatStorage", "7", 6, 0, &[3, 2], &[1, 3]))).unwrap();
    assert_eq!(transposed["w"].data, [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
}

#[test]
fn halves_and_doubles_are_converted() {
    let mut halves = head();
    let object = one("w", &window("HalfStorage", "1", 2, 0, &[2], &[1]));
    halves.extend([b"\x80\x02", object.as_slice(), b".\x80\x02](", text("1").as_slice(), b"e."].concat());
    halves.extend(2_u64.to_le_bytes());
    halves.extend([0.25, -3.0].iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()));
    assert_eq!(read_checkpoint("x.pt", &halves).unwrap()["w"].data, [0.25, -3.0]);
}

#[test]
fn window_beyond_its_storage_is_refused_by_name() {
    for (offset, shape, stride) in [(1, [2, 3], [3, 1]), (0, [2, 3], [4, 1]), (6, [1, 1], [1, 1])] {
        let object = one("w", &window("FloatStorage", "7", 6, offset, &shape, &stride));
        let error = read(&object).unwrap_err();
        assert!(
            matches!(&error, ImportError::BadShape { file, tensor, .. } if file == "x.pt" && tensor == "w")
        );
    }
}

#[test]
fn tensors_larger_than_the_file_are_refused_before_allocation() {
    // Steps of zero would make two thousand million numbers of one.
    let object = one("w", &window("FloatStorage", "7", 6, 0, &[i32::MAX, 1], &[0, 0]));
    let error = read(&object).unwrap_err();
    assert!(matches!(&error, ImportError::TooLarge { tensor, .. } if tensor == "w"), "{error}");
    let overflow = one("w", &window("FloatStorage", "7", 6, 0, &[i32::MAX; 8], &[0; 8]));
    assert!(matches!(read(&overflow).unwrap_err(), ImportError::TooLarge { .. }));
    let far = one("w", &window("FloatStorage", "7", 6, 0, &[2, 2], &[i32::MAX; 2]));
    assert!(matches!(read(&far).unwrap_err(), ImportError::BadShape { .. }));
}

#[test]
fn many_windows_on_one_storage_share_one_budget() {
    let tensor = window("FloatStorage", "7", 6, 0, &[200], &[0]);
    let many: Vec<u8> =
        (0..50).flat_map(|index| [text(&index.to_string()), b"h\x01".to_vec()].concat()).collect();
    let object = [b"}(".to_vec(), text("t"), tensor, b"q\x01".to_vec(), many, b"u".to_vec()].concat();
    assert!(matches!(read(&object).unwrap_err(), ImportError::TooLarge { .. }));
}

#[test]
fn names_that_could_run_code_are_refused() {
    for (module, name) in
        [("os", "system"), ("builtins", "eval"), ("torch", "load"), ("collections", "Counter")]
    {
        let object = [format!("c{module}\n{name}\n(").into_bytes(), text("true"), b"tR".to_vec()].concat();
        let error = read(&object).unwrap_err();
        let ImportError::UnknownOp { file, op, .. } = &error else { panic!("{error}") };
        assert_eq!((file.as_str(), op.as_str()), ("x.pt", format!("{module}.{name}").as_str()));
    }
}

#[test]
fn unknown_opcodes_are_refused_with_their_place() {
    // INST, OBJ, STACK_GLOBAL, EXT1, DUP, PERSID, NEWOBJ
    for opcode in [b'i', b'o', 0x93, 0x82, b'2', b'P', 0x81] {
        let error = read(&[b'}', opcode]).unwrap_err();
        let ImportError::UnknownOp { node, op, .. } = &error else { panic!("{error}") };
        assert_eq!(node, &format!("at byte {}", head().len() + 3));
        assert_eq!(op, &format!("{opcode:#04x}"));
    }
}

#[test]
fn opcodes_that_do_not_fit_together_are_refused() {
    let cases: [(&[u8], &str); 10] = [
        (b"", "an empty stack"),
        (b"a", "an empty stack"),
        (b"}t", "no mark"),
        (b"}(a", "an empty stack"),
        (b"h\x05", "an unknown memo entry"),
        (b"}Ns", "an empty stack"),
        (b"}(Nu", "entries that no dictionary can take"),
        (b"NNa", "an append to something that is not a list"),
        (b")Q", "a storage that is not plain"),
        (b"ctorch\nFloatStorage\n)R", "a call that plain tensors do not need"),
    ];
    for (object, what) in cases {
        let message = message(object);
        assert!(message.starts_with(&format!("x.pt: malformed: {what} at byte")), "{message}");
    }
}

#[test]
fn lists_and_dictionaries_that_contain_themselves_end_in_an_error() {
    let object = [b"}q\x01(".to_vec(), text("self"), b"h\x01u".to_vec()].concat();
    assert_eq!(bare_message(&object), "x.pt: malformed: dictionaries nested too deeply");
    // Each level holds the next one sixteen times: 16⁸ paths.
    let mut shared = b"]q\x00".to_vec();
    for level in 0..8_u8 {
        shared.extend([b"](".to_vec(), [b'h', level].repeat(16), vec![b'e', b'q', level + 1]].concat());
    }
    assert_eq!(bare_message(&shared), "x.pt: malformed: too many entries");
}

#[test]
fn deep_nesting_neither_overflows_the_stack_nor_passes_the_limits() {
    let tuples = [b")".to_vec(), vec![0x85; 1 << 17]].concat();
    assert!(read_checkpoint("x.pt", &checkpoint(&tuples, &[])).unwrap().is_empty());
    let opcodes = [b")".to_vec(), vec![0x85; 1 << 19]].concat();
    assert!(message(&opcodes).contains("too many opcodes"));
    assert!(message(&vec![b'N'; 1 << 17]).contains("too many values on the stack"));
    assert!(message(&vec![b'('; 1 << 17]).contains("too many marks"));
    assert!(message(b"X\xff\xff\xff\x7f").contains("too many bytes of text"));
}

#[test]
fn storages_must_be_described_once_and_in_one_way() {
    let other_length = one("w", &window("FloatStorage", "7", 5, 0, &[5], &[1]));
    assert!(matches!(
        read(&other_length).unwrap_err(),
        ImportError::WrongLength { expected: 5, actual: 6, .. }
    ));
    assert!(message(b"}").contains("storage \"7\" belongs to no tensor"));
    let missing = one("w", &window("FloatStorage", "9", 6, 0, &[6], &[1]));
    let error = read_checkpoint("x.pt", &checkpoint(&missing, &[])).unwrap_err();
    assert!(
        matches!(&error, ImportError::MissingTensor { tensor, .. } if tensor == "w (storage 9)"),
        "{error}"
    );
    let (float, double) =
        (window("FloatStorage", "7", 6, 0, &[6], &[1]), window("DoubleStorage", "7", 6, 0, &[6], &[1]));
    let two_ways = [b"](".to_vec(), float, double, b"e".to_vec()].concat();
    assert!(message(&two_ways).contains("described in two ways"));
}

#[test]
fn other_files_are_told_apart() {
    let error = |bytes: &[u8]| read_checkpoint("x.pt", bytes).unwrap_err().to_string();
    assert_eq!(error(b""), "x.pt: malformed: not a PyTorch checkpoint");
    assert!(error(b"PK\x03\x04rest").contains("zip form"));
    let mut newer = head();
    newer[18] = 0xea;
    assert!(error(&newer).contains("unknown version"));
    let mut trailing = checkpoint(&model_state(&storage()), &storage());
    trailing.push(0);
    assert!(error(&trailing).contains("bytes after the last storage"));
}

#[test]
fn integers_of_any_width_are_read() {
    let wide = [b"}(\x8a\x02\x00\xff".to_vec(), window("FloatStorage", "7", 6, 0, &[1], &[1]), b"u".to_vec()]
        .concat();
    assert!(read(&wide).unwrap().contains_key("-256"));
    let negative =
        [b"}(".to_vec(), int(-1), window("FloatStorage", "7", 6, 0, &[1], &[1]), b"u".to_vec()].concat();
    assert!(read(&negative).unwrap().contains_key("-1"));
    assert!(message(b"\x8a\x09123456789").contains("an integer of more than 8 bytes"));
    let offset = one("w", &window("FloatStorage", "7", 6, -1, &[1], &[1]));
    assert!(message(&offset).contains("a tensor that is not plain"));
}

#[test]
fn every_truncation_is_an_error() {
    let whole = checkpoint(&model_state(&storage()), &storage());
    for len in 0..whole.len() {
        let error = read_checkpoint("x.pt", &whole[..len]).unwrap_err();
        assert!(error.to_string().starts_with("x.pt: "), "{error}");
    }
    let last = read_checkpoint("x.pt", &whole[..whole.len() - 1]).unwrap_err();
    assert_eq!(last.to_string(), "x.pt: truncated: tensor storage 7 needs 24 bytes, 23 are left");
}

proptest! {
    #[test]
    fn changed_bytes_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = checkpoint(&model_state(&storage()), &storage());
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(tensors) = read_checkpoint("x.pt", &bytes) {
            prop_assert!(tensors.values().map(|tensor| tensor.data.len()).sum::<usize>() <= bytes.len());
        }
    }

    #[test]
    fn random_opcodes_never_panic(object in prop::collection::vec(
        prop::sample::select(b"(.N\x88\x89K\x01M\x00JG}])taesu\x85\x86\x87qhQRb".to_vec()), 0..200,
    )) {
        let _ = read(&object);
    }
}
