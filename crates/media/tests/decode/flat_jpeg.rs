//! A tiny JPEG writer for colour layouts that no encoder at hand writes: one block of 8 × 8 pixels, each component
//! flat, so that a block is one DC coefficient and an end-of-block.

/// Which frame to write.
#[derive(Clone, Copy)]
pub(crate) enum Process {
    Baseline,
    Progressive,
}

/// A file of 8 × 8 pixels with one value per component; `adobe_transform` adds Adobe's marker.
pub(crate) fn flat_jpeg(values: &[u8], adobe_transform: Option<u8>, process: Process) -> Vec<u8> {
    let count = values.len() as u8;
    let mut file = vec![0xFF, 0xD8];
    if let Some(transform) = adobe_transform {
        let mut adobe = b"Adobe".to_vec();
        adobe.extend([0, 100, 0, 0, 0, 0, transform]);
        segment(&mut file, 0xEE, &adobe);
    }
    let mut quantisation = vec![0];
    quantisation.extend([1; 64]);
    segment(&mut file, 0xDB, &quantisation);
    let frame = match process {
        Process::Baseline => 0xC0,
        Process::Progressive => 0xC2,
    };
    let mut header = vec![8, 0, 8, 0, 8, count];
    (1..=count).for_each(|id| header.extend([id, 0x11, 0]));
    segment(&mut file, frame, &header);
    // DC table: the sizes 0..=11 have the codes 0..=11 of four bits.
    let mut dc_table = vec![0x00];
    dc_table.extend((1..=16).map(|length| if length == 4 { 12 } else { 0 }));
    dc_table.extend(0..=11);
    segment(&mut file, 0xC4, &dc_table);
    // AC table: end-of-block has the code 0 of one bit.
    let mut ac_table = vec![0x10, 1];
    ac_table.extend([0; 15]);
    ac_table.push(0);
    segment(&mut file, 0xC4, &ac_table);
    let mut scan = vec![count];
    (1..=count).for_each(|id| scan.extend([id, 0x00]));
    scan.extend(match process {
        Process::Baseline => [0, 63, 0],
        Process::Progressive => [0, 0, 0],
    });
    segment(&mut file, 0xDA, &scan);
    file.extend(entropy_coded(values, process));
    file.extend([0xFF, 0xD9]);
    file
}

fn segment(file: &mut Vec<u8>, marker: u8, content: &[u8]) {
    file.extend([0xFF, marker]);
    file.extend((content.len() as u16 + 2).to_be_bytes());
    file.extend(content);
}

fn entropy_coded(values: &[u8], process: Process) -> Vec<u8> {
    let mut bits = String::new();
    for &value in values {
        // The DC coefficient of a flat block is eight times the level; tables of ones leave it as it is.
        let level = (i32::from(value) - 128) * 8;
        let size = 32 - level.unsigned_abs().leading_zeros();
        bits += &binary(size, 4);
        if size > 0 {
            let code = if level < 0 { level + (1 << size) - 1 } else { level };
            bits += &binary(code.unsigned_abs(), size as usize);
        }
        if matches!(process, Process::Baseline) {
            bits.push('0');
        }
    }
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    let mut bytes = Vec::new();
    for start in (0..bits.len()).step_by(8) {
        let byte = u8::from_str_radix(&bits[start..start + 8], 2).unwrap();
        bytes.push(byte);
        if byte == 0xFF {
            bytes.push(0);
        }
    }
    bytes
}

fn binary(number: u32, digits: usize) -> String {
    format!("{number:0digits$b}")
}
