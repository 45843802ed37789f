//! Prints what numbers of faces take, as `docs/capacity.md` does: for other numbers, wishes and prices.
//!
//! ```text
//! cargo run -p vultus-eval --example capacity -- faces=5e6 searches_per_s=50 core_hour=0.04
//! ```
#![expect(clippy::print_stdout, reason = "the tables are what it is for")]

use std::error::Error;

use vultus_eval::capacity::{GIB, Measured, Prices, Wishes, document};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut faces, mut wishes) = (Vec::new(), Wishes::default());
    let mut prices = Prices { core_hour: 0.0, memory_gib_hour: 0.0, disk_gib_month: 0.0 };
    for argument in std::env::args().skip(1) {
        let (name, value) = argument.split_once('=').ok_or(format!("{argument} is no NAME=NUMBER"))?;
        let value: f64 = value.parse()?;
        let place = match name {
            "faces" => {
                faces.push(value);
                continue;
            }
            "searches_per_s" => &mut wishes.searches_per_s,
            "enrolments_per_s" => &mut wishes.enrolments_per_s,
            "machine_cores" => &mut wishes.machine_cores,
            "machine_gib" => {
                wishes.machine_bytes = value * GIB;
                continue;
            }
            "in_use" => &mut wishes.in_use,
            "copies" => &mut wishes.copies,
            "photo_bytes" => &mut wishes.photo_bytes,
            "false_positives" => &mut wishes.false_positives,
            "core_hour" => &mut prices.core_hour,
            "memory_gib_hour" => &mut prices.memory_gib_hour,
            "disk_gib_month" => &mut prices.disk_gib_month,
            _ => return Err(format!("{name} is nothing that can be set").into()),
        };
        *place = value;
    }
    let has_prices = [prices.core_hour, prices.memory_gib_hour, prices.disk_gib_month] != [0.0; 3];
    print!("{}", document(&faces, &wishes, has_prices.then_some(&prices), Measured::published())?);
    Ok(())
}
